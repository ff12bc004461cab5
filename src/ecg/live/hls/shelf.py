"""The window of one camera on disk: segments that FFmpeg wrote, and the playlist that names them.

The playlist is written under another name and renamed, so that readers see the old one or the new one. A
segment stays for its own duration plus that of the longest playlist that named it (RFC 8216, 6.2.2), counted
from the moment when it left the window. Calls block, for a few small file operations.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from pathlib import Path

import structlog

from ecg.live.hls.playlist import (
    SEGMENT_NAME,
    BrokenPlaylist,
    Segment,
    Window,
    appended,
    parse,
    raised,
    render,
    rounded,
    skipped,
)

log = structlog.get_logger(__name__)

PLAYLIST = "live.m3u8"
PAUSED = "paused.m3u8"
"""The window of a camera that is not recorded now: nobody is shown it, and it goes on from there."""
UNSEEN = 10
"""Segments that another host may have shown since it wrote how far it was."""


class Shelf:
    """One process writes into a folder; whoever begins goes on from what is there."""

    def __init__(self, folder: Path, *, keep_seconds: int, next_sequence: int = 0) -> None:
        self.folder = folder
        self._keep_seconds = keep_seconds
        self._next_sequence = next_sequence
        self.window: Window | None = None
        self._leaving: deque[tuple[float, str]] = deque()
        """When (monotonic) a file may go, and its name."""

    def open(self) -> None:
        """Read what an earlier process left, and let go what is no part of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in (PLAYLIST, PAUSED):
            with contextlib.suppress(FileNotFoundError, BrokenPlaylist, UnicodeDecodeError):
                window = parse((self.folder / name).read_text())
                if self.window is None or window.next_sequence > self.window.next_sequence:
                    self.window = window
        if self.window is not None and self.window.next_sequence < self._next_sequence:
            self.window = skipped(self.window, self._next_sequence + UNSEEN)
        self._let_go_strays()

    def add(self, segment: Segment, *, target: int) -> Window:
        """Show one segment more. `target` is what this session's segments need, in seconds."""
        window = self.window
        needed = max(target, rounded(segment.milliseconds))
        if window is None:
            window = Window(needed, self._next_sequence + UNSEEN if self._next_sequence else 0)
        elif not window.allows(segment.milliseconds):
            log.info("a camera's segments became longer", seconds=needed, before=window.target)
            for before in window.segments:
                self._let_go(before.name, window)
            window = raised(window, needed)
            segment = Segment(segment.name, segment.milliseconds, segment.at, discontinuity=True)
        after = appended(window, segment, keep_seconds=self._keep_seconds)
        for gone in window.segments[: after.sequence - window.sequence]:
            self._let_go(gone.name, window)
        self.window = after
        self._write(PLAYLIST, render(after))
        self._sweep()
        return after

    def pause(self) -> None:
        """Show nothing until the next segment comes."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / PLAYLIST).replace(self.folder / PAUSED)

    def _write(self, name: str, text: str) -> None:
        part = self.folder / f".{name}.part"
        part.write_text(text)
        part.replace(self.folder / name)

    def _let_go(self, name: str, window: Window) -> None:
        longest = max((segment.milliseconds for segment in window.segments), default=0)
        due = time.monotonic() + (window.milliseconds + longest) / 1000
        self._leaving.append((due, name))

    def _let_go_strays(self) -> None:
        """Files that no playlist names: an earlier process knew when they may go, this one waits as long as
        any of them may be wanted."""
        named = {segment.name for segment in self.window.segments} if self.window else set()
        due = time.monotonic() + 2 * self._keep_seconds
        for path in self.folder.iterdir():
            if path.name not in named and SEGMENT_NAME.fullmatch(path.name):
                self._leaving.append((due, path.name))

    def _sweep(self) -> None:
        now = time.monotonic()
        while self._leaving and self._leaving[0][0] <= now:
            (self.folder / self._leaving.popleft()[1]).unlink(missing_ok=True)
