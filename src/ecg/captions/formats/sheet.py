"""The reviewers' sheet: one row a cue, as .xlsx or .csv.

Every cell that holds foreign text is written as text. In .csv there are no cell types, so a text that a
spreadsheet would take for a formula is led by an apostrophe (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from ecg.captions.formats.writing import clock, in_time_order, milliseconds, pieces, voices
from ecg.captions.reading import findings
from ecg.captions.scenario import Cue, Scenario
from ecg.captions.script import graphemes
from ecg.captions.tokens import one_line

COLUMNS = ("id", "start", "end", "speaker", "text", "words/min", "CPS", "emotion", "warnings")
_WIDTHS = (12, 13, 13, 16, 60, 11, 8, 12, 50)
_LONGEST = 32_767
"""Characters that a cell of a spreadsheet holds."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | float


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a cue must be read."""

    words_a_minute: float
    characters_a_second: float


def rate(cue: Cue) -> Rate:
    """Words a minute, and letters a second counted with spaces, over the time that the cue stands."""
    seconds = cue.end - cue.start
    letters = sum(len(graphemes(line.text)) for line in cue.lines)
    words = sum(1 for line in cue.lines for piece in pieces(line) if piece.gap) + len(cue.lines)
    return Rate(60 * words / seconds, letters / seconds)


def rows(scenario: Scenario) -> Iterator[tuple[Cell, ...]]:
    """The rows of the sheet under `COLUMNS`, in order of time; times as ``hh:mm:ss.mmm``."""
    names = voices(scenario)
    broken: dict[str, list[str]] = {}
    for finding in findings(scenario):
        broken.setdefault(finding.cue_id, []).append(finding.message)
    for cue in in_time_order(scenario):
        start, end = milliseconds(cue)
        speed = rate(cue)
        yield (
            _text(cue.id),
            clock(start, "."),
            clock(end, "."),
            _text(names.get(cue.speaker or "", "")),
            "\n".join(_text(line.text) for line in cue.lines)[:_LONGEST],
            round(speed.words_a_minute, 1),
            round(speed.characters_a_second, 1),
            _text(cue.emotion or ""),
            "; ".join(broken.get(cue.id, []))[:_LONGEST],
        )


def _text(text: str) -> str:
    return one_line(text)[:_LONGEST]


def write_xlsx(scenario: Scenario) -> bytes:
    """The sheet as a workbook; texts are text cells, whatever they begin with."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    import xlsxwriter  # a tenth of a second that only sheets shall cost

    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("captions")
        bold = book.add_format({"bold": True, "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for column, (title, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            sheet.write_string(0, column, title, bold)
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        last = 0
        for last, row in enumerate(rows(scenario), 1):
            for column, cell in enumerate(row):
                write = sheet.write_string if isinstance(cell, str) else sheet.write_number
                write(last, column, cell, wrapped)
        sheet.autofilter(0, 0, max(last, 1), len(COLUMNS) - 1)
    return file.getvalue()


def write_csv(scenario: Scenario) -> bytes:
    """The sheet as CSV (RFC 4180) in UTF-8 with the mark that spreadsheets look for."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in rows(scenario):
        writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
