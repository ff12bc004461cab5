"""Takes the sound out of a media file: one channel, 16 kHz, 16 bits, on the video's own clock.

Everything in `ecg.speech` works on this. FFmpeg runs guarded (`ecg.media.guard`), with an empty environment,
and its output is read as it comes, so a stalled file is noticed and no temporary file is written.
"""

from __future__ import annotations

import re
import selectors
import subprocess
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from ecg.errors import MediaError, StorageError
from ecg.media.guard import ffmpeg_program, guarded_input

SAMPLE_RATE = 16_000
MAX_SECONDS = 12 * 3600.0
"""Longer sound is refused: 12 h are 1.4 GB in memory."""

Progress = Callable[[float], None]

_STALL_SECONDS = 60.0
_READ_BYTES = 1 << 18
_BYTES_PER_SECOND = 2 * SAMPLE_RATE

# Starts at the video's time 0 and fills holes in the stream with silence: word times are times of the
# picture.
_ON_THE_VIDEOS_CLOCK = f"aresample={SAMPLE_RATE}:async=1:first_pts=0"


@dataclass(frozen=True)
class Sound:
    """Mono sound at `SAMPLE_RATE`; sample 0 is the video's time 0."""

    samples: NDArray[np.int16]
    warnings: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    def between(self, start: float, end: float) -> NDArray[np.int16]:
        """The samples from `start` to `end` seconds, cut to what there is (a view)."""
        return self.samples[max(0, round(start * SAMPLE_RATE)) : max(0, round(end * SAMPLE_RATE))]


@dataclass
class _Report:
    """What FFmpeg said on its error stream, one level-tagged line at a time."""

    seconds: float | None = None
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    rest: bytes = b""

    def feed(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self._line(line.decode("utf-8", "replace").strip())

    def _line(self, line: str) -> None:
        if "[error]" in line or "[fatal]" in line:
            self.errors.append(re.sub(r"^(\[[^\]]*\] )*\[(error|fatal)\] ", "", line))
        elif self.seconds is None and (found := re.search(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", line)):
            hours, minutes, seconds = found.groups()
            self.seconds = int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def extract_audio(path: Path, *, progress: Progress | None = None, spool: Path | None = None) -> Sound:
    """Decode the first audio stream of `path`.

    Args:
        spool: a file to keep the samples in, mapped into memory, for sounds of hours; None: in memory.
        progress: is told the fraction done, 0 to 1, where the file's length is known.

    Raises:
        MediaError: no such file, no media, a forbidden container, no audio stream, nothing readable, too
            long, stalled.
        MissingDependency: FFmpeg is not installed.
        StorageError: `spool` cannot be written.
    """
    report = _Report()
    process = _start(path)
    try:
        samples = _samples(process, report, path, progress, spool)
        code = process.wait(timeout=_STALL_SECONDS)
    finally:
        _end(process)
    if not len(samples):
        raise _unreadable(path, report)
    return Sound(samples, _warnings(code, report, len(samples) / SAMPLE_RATE))


def _start(path: Path) -> subprocess.Popen[bytes]:
    command = [ffmpeg_program(), "-hide_banner", "-nostats", "-loglevel", "level+info", *guarded_input(path)]
    command += [
        "-map",
        "0:a:0",
        "-vn",
        "-sn",
        "-dn",
        "-af",
        _ON_THE_VIDEOS_CLOCK,
        "-ac",
        "1",
        "-f",
        "s16le",
        "pipe:1",
    ]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}, bufsize=0
    )


def _samples(
    process: subprocess.Popen[bytes],
    report: _Report,
    path: Path,
    progress: Progress | None,
    spool: Path | None,
) -> NDArray[np.int16]:
    if spool is None:
        pcm = bytearray()
        _read(process, report, path, progress, pcm.extend)
        return np.frombuffer(pcm, dtype="<i2", count=len(pcm) // 2)
    try:
        with spool.open("wb") as file:
            length = _read(process, report, path, progress, file.write)
    except OSError as error:
        raise StorageError(f"the sound cannot be kept: {error.strerror}", where=str(spool)) from error
    if length < 2:
        return np.zeros(0, np.int16)
    return np.memmap(spool, dtype="<i2", mode="r", shape=(length // 2,)).view(np.ndarray)


def _read(
    process: subprocess.Popen[bytes],
    report: _Report,
    path: Path,
    progress: Progress | None,
    keep: Callable[[bytes], object],
) -> int:
    """Hand on standard output while standard error is drained; stop at a stall or at the cap; count bytes."""
    assert process.stdout is not None  # noqa: S101 (asked to be a pipe)
    assert process.stderr is not None  # noqa: S101
    length = 0
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        ready.register(process.stderr, selectors.EVENT_READ)
        while ready.get_map():
            events = ready.select(_STALL_SECONDS)
            if not events:
                raise MediaError(f"FFmpeg gave nothing for {_STALL_SECONDS:.0f} s", where=str(path))
            for key, _ in events:
                stream: IO[bytes] = key.fileobj  # type: ignore[assignment]
                data = stream.read(_READ_BYTES)
                if not data:
                    ready.unregister(stream)
                elif stream is process.stderr:
                    report.feed(data)
                else:
                    keep(data)
                    length += len(data)
                    _check_and_tell(length / _BYTES_PER_SECOND, report, path, progress)
    return length


def _check_and_tell(done: float, report: _Report, path: Path, progress: Progress | None) -> None:
    if done > MAX_SECONDS:
        raise MediaError(
            f"the sound is longer than {MAX_SECONDS / 3600:.0f} hours",
            where=str(path),
            hint="cut the video into parts",
        )
    if progress and report.seconds:
        progress(min(1.0, done / report.seconds))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave no process and no open pipe, whatever happened (Ctrl-C included)."""
    if process.poll() is None:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _unreadable(path: Path, report: _Report) -> MediaError:
    said = " / ".join(report.errors)
    if "matches no streams" in said:
        return MediaError(
            "the file has no audio stream",
            where=str(path),
            hint="captions need speech; was the right file given?",
        )
    if "not on whitelist" in said:
        return MediaError(
            "the file is a playlist or another container that may point at other files; it is not opened",
            where=str(path),
            hint="give the media file itself",
        )
    last = report.errors[-1] if report.errors else "it holds no sound"
    return MediaError(
        f"no sound can be read from the file: {last}", where=str(path), hint="does it play elsewhere?"
    )


def _warnings(code: int, report: _Report, seconds: float) -> tuple[str, ...]:
    """Damage that did not stop us is told, with how far the sound goes."""
    if code == 0 and not report.errors:
        return ()
    last = report.errors[-1] if report.errors else f"FFmpeg ended with {code}"
    return (f"the sound is damaged ({last}); {seconds:.1f} s of it could be read and were used",)
