"""What the writers of subtitle files share: the look a word ends up with, safe text, whole milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ecg.captions.scenario import Cue, Line, Scenario, TextStyle, Word
from ecg.captions.tokens import one_line


@dataclass(frozen=True, slots=True)
class Piece:
    """A word to be written: its text without line ends and control characters, and the gap after it."""

    word: Word
    text: str
    gap: str


def pieces(line: Line) -> list[Piece]:
    """The words of a line that have anything to show."""
    texts = [(word, one_line(word.text)) for word in line.words]
    shown = [(word, text) for word, text in texts if text]
    last = len(shown) - 1
    return [
        Piece(word, text, "" if word.joined or i == last else " ") for i, (word, text) in enumerate(shown)
    ]


def look(cue: Cue, word: Word, scenario: Scenario) -> TextStyle:
    """The style of a word over that of its cue; off-screen voices are italic unless told otherwise."""
    style = (cue.style or TextStyle()).model_dump(exclude_none=True)
    style |= (word.style or TextStyle()).model_dump(exclude_none=True)
    speaker = scenario.speakers.get(word.speaker or cue.speaker or "")
    if "italic" not in style and (cue.off_screen or (speaker is not None and speaker.off_screen)):
        style["italic"] = True
    return TextStyle(**style)


def is_bold(style: TextStyle) -> bool:
    return style.weight is not None and style.weight >= 600


def in_time_order(scenario: Scenario) -> Iterator[Cue]:
    """Cues that show something, by their start."""
    for cue in sorted(scenario.cues, key=lambda cue: cue.start):
        if any(pieces(line) for line in cue.lines):
            yield cue


def milliseconds(cue: Cue) -> tuple[int, int]:
    """Start and end, at least one millisecond apart."""
    start = round(cue.start * 1000)
    return start, max(start + 1, round(cue.end * 1000))


def clock(milliseconds: int, point: str) -> str:
    """``hh:mm:ss`` and three digits after `point`."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"


def voices(scenario: Scenario) -> dict[str, str]:
    """Speaker id to the name that a file shows: the name where it is given and nobody else's, else the id."""
    names = {key: one_line(speaker.name or "") for key, speaker in scenario.speakers.items()}
    taken = list(names.values())
    known = {key: name if name and taken.count(name) == 1 else key for key, name in names.items()}
    named = {cue.speaker for cue in scenario.cues} | {word.speaker for _, word in scenario.words()}
    return {key: known.get(key, key) for key in sorted({*known, *(name for name in named if name)})}
