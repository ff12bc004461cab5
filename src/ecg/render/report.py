"""What a render did, in numbers that can be checked."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import asdict, dataclass

from ecg.memory_meter import Trend


@dataclass(frozen=True, slots=True)
class RenderReport:
    """Frames, memory, time. `as_dict()` is JSON."""

    frames_processed: int
    """Frames in the output."""
    frames_dropped: int
    """Frames that the input's index promises and the output lacks (they could not be decoded); never left
    out for speed."""
    drop_rate: float
    """frames_dropped / frames that should have been there, 0-1."""
    frames_encoded: int
    frames_copied: int
    """Frames whose compressed data was taken over as it was."""
    memory_peak_mb: float
    """Largest PSS of the whole process tree, in MB (10^6 bytes)."""
    memory_trend: Trend
    seconds: float
    """Wall time of the whole render."""
    stage_seconds: dict[str, float]
    """Wall time of the main thread by what it did or waited for; they sum to `seconds`."""
    decode_cpu_seconds: float
    """CPU time of the decoding thread itself (libav's own threads are not in it)."""
    speed: float
    """Duration of the video over `seconds`."""
    encoder: str
    width: int
    height: int
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


class StageClock:
    """Splits wall time among stages: everything since the last lap belongs to the stage that ends."""

    def __init__(self) -> None:
        self._begun = self._last = time.perf_counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._seconds[stage] += now - self._last
        self._last = now

    @property
    def elapsed(self) -> float:
        return self._last - self._begun

    def seconds(self) -> dict[str, float]:
        return {stage: round(value, 3) for stage, value in self._seconds.items()}
