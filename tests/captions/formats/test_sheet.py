"""The reviewers' sheet: text is text, whatever it begins with."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from hypothesis import given, settings

from ecg.captions.formats.sheet import COLUMNS, rate, write_csv, write_xlsx
from ecg.captions.scenario import Cue, Line, Scenario, Speaker, Word
from tests.captions.formats.scenarios import scenarios

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"]


def said(text: str) -> Scenario:
    cue = Cue(
        id="=id",
        start=0.5,
        end=2.5,
        speaker="s",
        emotion="=e",
        lines=[Line(words=[Word(text=text), Word(text="b")])],
    )
    return Scenario(cues=[cue], speakers={"s": Speaker(id="s", name="=Anna")})


def csv_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_columns_and_figures() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(said("four")))).active
    assert sheet is not None
    head, row = sheet.iter_rows(values_only=True)
    assert head == COLUMNS
    assert row[:8] == ("=id", "00:00:00.500", "00:00:02.500", "=Anna", "four b", 60, 3, "=e")


def test_broken_reading_rules_are_named() -> None:
    cue = Cue(id="a", start=0, end=0.2, lines=[Line(words=[Word(text="hurry")])])
    assert csv_rows(write_csv(Scenario(cues=[cue])))[1][8]


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_is_a_formula(text: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(said(text)))).active
    assert sheet is not None
    assert all(cell.data_type in ("s", "n") for row in sheet.iter_rows() for cell in row)
    assert sheet["E2"].value == f"{text} b"
    assert sheet["E2"].hyperlink is None
    assert not any(
        cell[:1] in ("=", "+", "-", "@") for row in csv_rows(write_csv(said(text))) for cell in row
    )


def test_a_cell_holds_what_a_cell_can_hold() -> None:
    words = [Word(text="x" * 2000)] * 30
    cue = Cue(id="a", start=0, end=1, lines=[Line(words=words)])
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(Scenario(cues=[cue])))).active
    assert sheet is not None
    assert len(str(sheet["E2"].value)) == 32_767


def test_rate_counts_words_and_letters() -> None:
    cue = Cue(
        id="a",
        start=0,
        end=2,
        lines=[Line(words=[Word(text="ab"), Word(text="c")]), Line(words=[Word(text="d")])],
    )
    assert (rate(cue).words_a_minute, rate(cue).characters_a_second) == (90, 2.5)


@settings(max_examples=30, deadline=None)
@given(scenarios())
def test_any_scenario_has_a_row_a_cue(scenario: Scenario) -> None:
    rows = csv_rows(write_csv(scenario))
    assert len(rows) == len(scenario.cues) + 1
    assert all(len(row) == len(COLUMNS) for row in rows)
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(scenario))).active
    assert sheet is not None
    assert sheet.max_row == len(scenario.cues) + 1
