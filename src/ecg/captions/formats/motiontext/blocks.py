"""What a cue's tree comes down to: texts, and blocks of texts that stand on the screen as one."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecg.captions.formats.motiontext.plugins import Plugin
from ecg.captions.formats.motiontext.style import Members
from ecg.captions.formats.motiontext.times import Span
from ecg.captions.scenario import BoxStyle, Placement


@dataclass(frozen=True, slots=True)
class Text:
    """One text node."""

    content: str
    """Clean; newlines end lines."""
    shown: Span
    spoken: Span | None
    """Its base time or display time, where it says one that is not just its parent's."""
    style: Members
    plugins: tuple[Plugin, ...]
    where: str

    @property
    def is_one_word(self) -> bool:
        return len(self.content.split()) <= 1


@dataclass(slots=True)
class Block:
    """Texts that flow in one box, row by row."""

    where: str
    placement: Placement | None = None
    """None: at the template's own place."""
    name: str | None = None
    """The id of the positioned node that heads the block; None for the root's."""
    layer: int = 0
    box: BoxStyle | None = None
    plugins: list[Plugin] = field(default_factory=list)
    """Of the whole block."""
    rows: list[list[Text]] = field(default_factory=list)
    row_said: bool = False
    """Whether the author said how the rows run. If not, texts of several words stand one under another and
    single words side by side: players stack both, which nobody wants of words."""
    wraps: bool = True
    _breaks: bool = True

    @property
    def texts(self) -> list[Text]:
        return [text for row in self.rows for text in row]

    def break_row(self) -> None:
        """The next text begins a row."""
        self._breaks = True

    def add(self, text: Text) -> None:
        if self._breaks:
            self.rows.append([])
            self._breaks = False
        self.rows[-1].append(text)
