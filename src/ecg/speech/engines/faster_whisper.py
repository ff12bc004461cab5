"""faster-whisper (extra ``faster-whisper``): Whisper on CTranslate2, a hundred languages, no PyTorch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ecg.assets.whisper_model import lack_of, pull_model, wanted_model
from ecg.errors import EcgError, LanguageError, MissingDependency, SpeechError
from ecg.media.audio import Sound
from ecg.speech.activity import Region
from ecg.speech.engines.base import AUTO, Hardware, Heard, HeardWord, Progress
from ecg.speech.engines.languages import WHISPER

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

_WINDOW_SECONDS = 28.0  # Whisper listens to 30 s at a time; a window per short region would waste most of it


class FasterWhisperEngine:
    """`ecg.speech.engines.base.Engine`."""

    name = "faster-whisper"
    languages = WHISPER

    def __init__(self, model: str | None = None, hardware: Hardware | None = None) -> None:
        self._wanted = wanted_model(model)
        self._hardware = hardware or Hardware()
        self.device = "cpu"
        self._model: WhisperModel | None = None

    @property
    def model_version(self) -> str:
        return f"faster-whisper-{os.path.basename(self._wanted.rstrip(os.sep))}"  # noqa: PTH119 (a name or a path)

    def installed(self) -> bool:
        return find_spec("faster_whisper") is not None

    def lack(self) -> EcgError | None:
        return lack_of(self._wanted)

    def load(self) -> None:
        if not self.installed():
            raise MissingDependency(
                "the speech engine faster-whisper is not installed", hint="pip install 'ecg[faster-whisper]'"
            )
        folder = pull_model(self._wanted)
        from ctranslate2 import get_cuda_device_count
        from faster_whisper import WhisperModel

        fast = self._hardware.gpu and get_cuda_device_count() > 0
        self.device, numbers = ("cuda", "float16") if fast else ("cpu", "int8")
        try:
            self._model = WhisperModel(
                str(folder),
                device=self.device,
                compute_type=numbers,
                cpu_threads=self._hardware.threads,
                local_files_only=True,
            )
        except Exception as error:  # CTranslate2 raises RuntimeError, tokenizers a bare Exception
            raise SpeechError(
                f"faster-whisper cannot load its model: {error}",
                where=str(folder),
                hint="is the folder complete?",
            ) from error

    def transcribe(
        self, sound: Sound, regions: Sequence[Region], *, language: str, progress: Progress
    ) -> Heard:
        if self._model is None:
            raise SpeechError("faster-whisper was not loaded")
        if language not in {AUTO, "en"} and not self._model.model.is_multilingual:
            raise LanguageError(
                f"the model {self._wanted!r} knows English only, not {language!r}",
                hint="take one without .en",
            )
        if not regions:
            return Heard((), language)
        try:
            segments, info = self._model.transcribe(
                sound.samples.astype(np.float32) / 32768,
                language=None if language == AUTO else language,
                word_timestamps=True,
                condition_on_previous_text=False,  # one slip must not repeat itself through the whole video
                clip_timestamps=[edge for window in windows(regions) for edge in (window.start, window.end)],
            )
            words = _words(segments, sound.seconds, progress)
        except (RuntimeError, ValueError) as error:
            raise SpeechError(f"faster-whisper failed: {error}") from error
        return Heard(tuple(words), str(info.language))

    def close(self) -> None:
        self._model = None

    def __enter__(self) -> Self:
        self.load()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def windows(regions: Sequence[Region]) -> list[Region]:
    """Neighbouring regions joined to windows of at most 28 s, pauses between them included."""
    joined: list[Region] = []
    for region in regions:
        if joined and region.end - joined[-1].start <= _WINDOW_SECONDS:
            joined[-1] = Region(joined[-1].start, region.end)
        else:
            joined.append(region)
    return joined


def _words(segments: Iterable[Any], seconds: float, progress: Progress) -> list[HeardWord]:
    """Whisper writes a space before each word of a spaced script; where there is none, the word before is
    joined."""
    words: list[HeardWord] = []
    for segment in segments:
        following = [word.word for word in segment.words[1:]] + [" "]
        for word, after in zip(segment.words, following, strict=True):
            if text := word.word.strip():
                start, end = max(0.0, float(word.start)), min(seconds, float(word.end))
                joined = not after.startswith(" ")
                words.append(HeardWord(text, start, max(start, end), float(word.probability), joined=joined))
        progress(min(1.0, segment.end / seconds))
    return words
