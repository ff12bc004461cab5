"""WhisperX (extra ``whisperx``, 7.6 GB, for hosts with a GPU): batched Whisper, words timed by a phoneme
model.

WhisperX asks several hosts for models; where they cannot be reached it would retry for a minute and more, so
it is told beforehand to look on this disk only. pyannote's usage reports are switched off.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self

import numpy as np

from ecg.assets.whisper_model import lack_of, out_of_reach, pull_model, wanted_model
from ecg.errors import EcgError, MissingDependency, SpeechError
from ecg.media.audio import Sound
from ecg.speech.activity import Region
from ecg.speech.engines.base import AUTO, Hardware, Heard, HeardWord, Progress
from ecg.speech.engines.languages import WHISPER, WITHOUT_SPACES
from ecg.speech.timing import interpolate

ALIGN_MODEL_VARIABLE = "ECG_WHISPERX_ALIGN_MODEL"
"""Name or folder of a wav2vec2 model for the word times, where WhisperX's choice for the language is not
wanted."""

_BATCH = 8
_LISTENED = 0.6  # share of the work that is done when the text is there and only times are missing


class WhisperXEngine:
    """`ecg.speech.engines.base.Engine`."""

    name = "whisperx"
    languages = WHISPER

    def __init__(self, model: str | None = None, hardware: Hardware | None = None) -> None:
        self._wanted = wanted_model(model)
        self._hardware = hardware or Hardware()
        self._model: Any = None
        self.device = "cpu"

    @property
    def model_version(self) -> str:
        return f"whisperx-{os.path.basename(self._wanted.rstrip(os.sep))}"  # noqa: PTH119 (a name or a path)

    def installed(self) -> bool:
        return find_spec("whisperx") is not None

    def lack(self) -> EcgError | None:
        return lack_of(self._wanted)

    def load(self) -> None:
        if not self.installed():
            raise MissingDependency(
                "the speech engine whisperx is not installed", hint="pip install 'ecg[whisperx]'"
            )
        folder = pull_model(self._wanted)
        with _quiet_environment():
            import torch
            import whisperx

            self.device = "cuda" if self._hardware.gpu and torch.cuda.is_available() else "cpu"
            try:
                self._model = whisperx.load_model(
                    str(folder),
                    self.device,
                    compute_type="float16" if self.device == "cuda" else "int8",
                    vad_method="pyannote",  # its weights are in the wheel; the other method fetches code
                    threads=self._hardware.threads,
                    local_files_only=True,
                )
            except Exception as error:  # torch, CTranslate2 and pyannote each raise their own
                raise SpeechError(
                    f"whisperx cannot load its model: {error}",
                    where=str(folder),
                    hint="is the folder complete?",
                ) from error

    def transcribe(
        self, sound: Sound, regions: Sequence[Region], *, language: str, progress: Progress
    ) -> Heard:
        if self._model is None:
            raise SpeechError("whisperx was not loaded")
        if not regions:
            return Heard((), language)
        samples = sound.samples.astype(np.float32) / 32768
        with _quiet_environment():
            try:
                heard = self._model.transcribe(
                    samples, batch_size=_BATCH, language=None if language == AUTO else language
                )
                progress(_LISTENED)
                timed, warnings = self._align(heard["segments"], heard["language"], samples)
            except Exception as error:  # whatever its many libraries raise, the caller gets one kind
                raise SpeechError(f"whisperx failed: {error}") from error
        progress(1.0)
        return Heard(tuple(_words(timed, heard["language"])), heard["language"], warnings)

    def _align(
        self, segments: list[dict[str, Any]], language: str, samples: Any
    ) -> tuple[list[Any], tuple[str, ...]]:
        """Word times from a phoneme model; without one for the language, the words share their segment's
        time."""
        import whisperx

        if not segments:
            return [], ()
        try:
            model, facts = whisperx.load_align_model(
                language_code=language,
                device=self.device,
                model_name=os.environ.get(ALIGN_MODEL_VARIABLE) or None,
                model_cache_only=out_of_reach() is not None,
            )
            aligned = whisperx.align(segments, model, facts, samples, self.device)
        except (
            ValueError,
            OSError,
            LookupError,
        ) as error:  # no such model; not reached; NLTK's punkt_tab lacks
            reason = " ".join(str(error).split())[:200]
            return segments, (f"words of {language!r} could not be timed ({reason}); times are interpolated",)
        return list(aligned["segments"]), ()

    def close(self) -> None:
        self._model = None

    def __enter__(self) -> Self:
        self.load()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _words(segments: Sequence[Mapping[str, Any]], language: str) -> Iterator[HeardWord]:
    """Words of aligned segments; one without times (digits, signs) is interpolated between its neighbours."""
    joined = language in WITHOUT_SPACES
    for segment in segments:
        pieces = list(segment["text"].strip()) if joined else segment["text"].split()
        raw = segment.get("words") or [{"word": piece} for piece in pieces]
        words = [
            HeardWord(
                text=str(word["word"]).strip(),
                start=word.get("start"),
                end=word.get("end"),
                confidence=min(1.0, max(0.0, float(word["score"])))
                if word.get("score") is not None
                else None,
                joined=joined,
            )
            for word in raw
            if str(word["word"]).strip()
        ]
        yield from interpolate(words, start=float(segment["start"]), end=float(segment["end"]))


@contextmanager
def _quiet_environment() -> Iterator[None]:
    """No look-ups on the network and no usage reports while WhisperX runs; the caller's settings come
    back."""
    wanted = {"HF_HUB_OFFLINE": "1", "PYANNOTE_METRICS_ENABLED": "0"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
