"""Recordings that are written, and what is known of their times: notes beside the files.

    {session}-00000.mp4       FFmpeg writes it
    {session}-00000.mp4.json  it is closed: when it begins and ends
    {session}.json            when the file begins that the session writes now

A process that is killed leaves them all, and whoever comes after it can tell what each file is. A file
without a note of its own was cut off: it begins where its session's note says, and ends with its pictures.
Calls block, for a few small file operations.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ecg.live.archives.naming import OPEN_NAME

STEP_MS = 2000
"""Beyond this, length and clock disagree."""
QUIET_SECONDS = 4.0
"""A file of another process's session that did not grow for so long is not written any more."""


@dataclass(frozen=True, slots=True)
class Note:
    """Milliseconds since 1970; `end` None: as long as the file is."""

    start: int | None
    end: int | None


class OpenFiles:
    """The recordings of one session."""

    def __init__(self, folder: Path, session: str) -> None:
        self._folder = folder
        self._session = session
        self._start: int | None = None
        self._closed = 0

    def begin(self, at: int) -> None:
        """The session's first picture was seen then."""
        if self._start is None:
            self._start = at
            self._remember()

    def close(self, name: str, milliseconds: int, ended: int, elapsed: int) -> Note:
        """A file was closed: its length by its own times, when it ended by the clock, and how long it took to
        write. The next one begins where it ended.

        Where length and clock disagree, the camera's times have jumped or the clock was set; what is nearer
        to the time that it took is believed.
        """
        start = self._start if self._start is not None else ended - milliseconds
        by_clock = ended - start
        stepped = abs(by_clock - milliseconds) > STEP_MS
        if stepped and abs(milliseconds - elapsed) <= abs(by_clock - elapsed):
            end = start + milliseconds
        else:
            end = max(ended, start + 1)
        note = Note(start, end)
        write_note(self._folder / name, note)
        self._closed += 1
        self._start = ended if stepped else end
        self._remember()
        return note

    def leave(self) -> bool:
        """The session has ended: whether a file was not closed, which has a note now."""
        left = self._folder / f"{self._session}-{self._closed:05d}.mp4"
        found = left.exists()
        if found:
            write_note(left, Note(self._start, None))
        (self._folder / f"{self._session}.json").unlink(missing_ok=True)
        return found

    def _remember(self) -> None:
        _write(self._folder / f"{self._session}.json", Note(self._start, None))


def write_note(file: Path, note: Note) -> None:
    _write(file.with_name(f"{file.name}.json"), note)


def note_of(file: Path) -> Note | None:
    """What is noted of a closed file."""
    return _read(file.with_name(f"{file.name}.json"))


def forget(file: Path) -> None:
    """The file is elsewhere by now, or gone: its notes go."""
    file.with_name(f"{file.name}.json").unlink(missing_ok=True)


def closed_files(folder: Path, active: Collection[str]) -> Iterator[tuple[Path, Note]]:
    """Files that nobody writes any more; `active` are the sessions of this process."""
    with contextlib.suppress(FileNotFoundError):
        for file in sorted(folder.iterdir()):
            match = OPEN_NAME.fullmatch(file.name)
            if match is None:
                _drop_stale(file, active)
                continue
            note = note_of(file)
            if note is None and match["session"] not in active and _quiet(file):
                note = _read(folder / f"{match['session']}.json") or Note(None, None)
            if note is not None:
                yield file, note


def _drop_stale(file: Path, active: Collection[str]) -> None:
    """A note of a session that is over, and whose files are all gone."""
    session = file.name.partition(".")[0]
    if file.name == f"{session}.json" and session not in active and _quiet(file, 3600):
        file.unlink(missing_ok=True)


def _quiet(file: Path, seconds: float = QUIET_SECONDS) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return abs(time.time() - file.stat().st_mtime) > seconds
    return False


def _write(path: Path, note: Note) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps({"start": note.start, "end": note.end}))
    part.replace(path)


def _read(path: Path) -> Note | None:
    try:
        values = json.loads(path.read_text())
        return Note(values["start"], values["end"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
