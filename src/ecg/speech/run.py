"""One job of listening at work, step by step; `ecg.speech.tasks` says in which order."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ecg.errors import Cancelled, EcgError, TooLarge
from ecg.intake.video_input import fetch
from ecg.jobs.kinds import JobContext
from ecg.media.audio import Sound, extract_audio
from ecg.memory_meter import MemoryMeter
from ecg.settings import Settings
from ecg.speech.engines import Choice, Hardware
from ecg.speech.kept_pieces import KeptPieces
from ecg.speech.listening import Workshop
from ecg.speech.pieces import Piece
from ecg.speech.pipeline import Analysis, Wishes
from ecg.speech.result import AnalysisResult
from ecg.speech.schemas import Asked, ServedMetadata, SpeechPayload, SpeechResult
from ecg.speech.stages import Stages, stage_at
from ecg.speech.warm_engine import WarmEngine
from ecg.store import ObjectStore

_ASIDE_SECONDS = 120.0
"""For what does not grow with the sound: starting, loading a model, storing."""


@dataclass
class SpeechRun:
    """The parts of one attempt. `memory` runs while the attempt does."""

    job: JobContext
    payload: SpeechPayload
    settings: Settings
    store: ObjectStore
    memory: MemoryMeter

    def __post_init__(self) -> None:
        job, asked = self.job, self.payload
        hardware = Hardware(gpu=asked.enable_gpu, workers=asked.max_workers)
        self._begun = time.monotonic()
        self._sound_seconds = 0.0
        self._pieces = 1
        self.engine: WarmEngine = job.keep("speech engine", WarmEngine)
        self.kept = KeptPieces(self.store, job.tenant_id, job.job_id, job.folder, job.cancelled)
        self.analysis = Analysis(
            Wishes(language=asked.language, emotion=asked.emotion_detection, hardware=hardware),
            Stages(self._tell),
            Workshop(self.kept, self.engine.lending(hardware), self.settings.speech_piece_seconds),
        )

    def take_in(self) -> tuple[Choice, Sound]:
        """The sound, in the job's folder; the video goes. Raises what `fetch` and `extract_audio` raise."""
        stages = self.analysis.stages
        with stages.stage("start", "Fetching the video") as done:
            choice = self.analysis.choose()
            video = fetch(
                self.job,
                self.payload.video_url,
                self.settings,
                self.store,
                lambda bytes_done, total: done(bytes_done / total if total else 0.0),
            )
        with stages.stage("sound", "Taking out the sound") as done:
            sound = extract_audio(video, progress=done, spool=self.job.folder / "sound.pcm")
        video.unlink()
        longest = self.settings.max_video_seconds
        if sound.seconds > longest:
            raise TooLarge(
                f"the sound plays for {sound.seconds:,.0f} s; the limit is {longest:,.0f}",
                hint="the operator may raise MAX_VIDEO_SECONDS",
            )
        return choice, sound

    def listen(self, choice: Choice, sound: Sound) -> AnalysisResult:
        """All that is said. Finished pieces outlive this attempt, unless it fails for good."""
        self._sound_seconds = sound.seconds
        try:
            return self.analysis.listen(sound, choice, planned=self._planned)
        except EcgError as error:
            if not error.retryable and not isinstance(error, Cancelled):
                self.kept.remove()
            raise

    def result(self, heard: AnalysisResult) -> SpeechResult:
        """With what was asked for; the finished pieces are not needed any more."""
        self._measure()
        if self.job.memory_is_short():
            self.engine.close()
        metadata = ServedMetadata(
            **{name: getattr(heard.metadata, name) for name in type(heard.metadata).model_fields},
            asked=Asked(**{name: getattr(self.payload, name) for name in Asked.model_fields}),
            device=self.engine.device,
            attempts=self.job.attempt,
            pieces_kept=self.kept.found_words,
        )
        parts = {name: getattr(heard, name) for name in type(heard).model_fields}
        return SpeechResult(**{**parts, "metadata": metadata})

    def _planned(self, pieces: Sequence[Piece]) -> None:
        """The work is known, seconds of sound; so is how long it may take."""
        self._pieces = len(pieces)
        patience = self.settings.speech_patience * self._sound_seconds
        self.job.measure(
            work=self._sound_seconds, deadline=time.monotonic() - self._begun + _ASIDE_SECONDS + patience
        )

    def _tell(self, percent: float, message: str) -> None:
        self.job.check()
        self.job.tell(
            percent,
            stage_at(percent),
            message,
            pieces=self._pieces,
            memory_peak_mb=self.memory.peak_mb or None,
        )

    def _measure(self) -> None:
        """What this attempt did, for estimates: pieces that an earlier one had finished do not count."""
        self.memory.sample()
        share = max(1, self._pieces - self.kept.found_words) / self._pieces
        self.job.measure(work=self._sound_seconds * share, memory_mb=self.memory.peak_mb)
