"""What every reader gives back, and how it collects what it had to put up with.

Broken structure is one `ScenarioError` that says where. What can be read in one sensible way although it
is odd (an unknown field, a cue of no length, a wrong order) is read, and reported as a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ecg.captions.scenario import Scenario

Warn = Callable[[str], None]
"""Reports one oddity at a place that the function already knows."""

MAX_WARNINGS = 200
"""More are counted, not kept: a file of 10,000 oddities needs no list of them."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """A scenario read from a foreign file, with one line for each thing that was not taken as written."""

    scenario: Scenario
    warnings: tuple[str, ...]
    source_format: str
    """Name of the format that was recognised, such as ``srt`` or ``whisperx``."""


class Warnings:
    """An ordered collection of warnings, each text once, `MAX_WARNINGS` at most."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._left_out = 0

    def add(self, text: str, where: str | None = None) -> None:
        """Remember ``where: text``; `where` is ``line 12`` or a JSON pointer."""
        full = f"{where}: {text}" if where else text
        if full in self._texts:
            return
        if len(self._texts) >= MAX_WARNINGS:
            self._left_out += 1
        else:
            self._texts[full] = None

    def at(self, where: str) -> Warn:
        """A function that adds a warning about `where`."""
        return partial(self.add, where=where)

    def texts(self) -> tuple[str, ...]:
        if self._left_out:
            return (*self._texts, f"{self._left_out} more warnings of the same kinds")
        return tuple(self._texts)
