"""The registry: which file is which, and what `check` says."""

from __future__ import annotations

import json

import pytest

from ecg.captions.formats import READABLE, WRITABLE, check, format_of, read, write
from ecg.captions.formats.reading import MAX_WARNINGS, Warnings
from ecg.errors import ScenarioError, UnsupportedFormat
from tests.captions.formats.samples import SAMPLES, SCENARIO, SRT


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.SRT", "srt"),
        ("b.flat.json", "flat.json"),
        ("/x/y.z.json", "json"),
        ("a.vtt", "vtt"),
        ("a.xlsx", "xlsx"),
    ],
)
def test_the_extension_names_the_format(name: str, kind: str) -> None:
    assert format_of(name) == kind


@pytest.mark.parametrize("name", ["talk.mp4", "srt", "", "a.srt.exe"])
def test_unknown_extensions_are_refused_with_a_list(name: str) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        read(b"", name=name)
    assert ".srt" in (caught.value.hint or "")
    with pytest.raises(UnsupportedFormat):
        write(read(SRT, name="a.srt").scenario, "docx")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("talk.srt", "srt"),
        ("talk.vtt", "webvtt"),
        ("talk.ass", "ass"),
        ("talk.ssa", "ass"),
        ("flat.json", "flat"),
        ("analysis.json", "analysis"),
        ("old.json", "analysis"),
        ("whisper.json", "whisper"),
        ("whisperx.json", "whisperx"),
        ("scenario.json", "scenario"),
    ],
)
def test_every_sample_is_recognised_and_written_in_every_format(name: str, source: str) -> None:
    result = read(dict(SAMPLES)[name], name=name)
    assert result.source_format == source
    for fmt in WRITABLE:
        assert write(result.scenario, fmt)


def test_motiontext_is_recognised_and_its_pointers_lead_into_the_job() -> None:
    scenario = {
        "version": "2.0",
        "timebase": {"unit": "seconds"},
        "stage": {"baseAspect": "16:9"},
        "tracks": [{"id": "t", "type": "subtitle", "layer": 1}],
        "cues": [
            {
                "id": "c",
                "track": "t",
                "root": {
                    "id": "r",
                    "eType": "group",
                    "displayTime": [1, 2],
                    "children": [{"id": "n", "eType": "text", "text": "Hi", "displayTime": [1, 2]}],
                },
            }
        ],
    }
    result = read(json.dumps(scenario).encode(), name="a.json")
    assert result.source_format.startswith("motiontext")
    assert result.scenario.cues[0].text == "Hi"
    broken = {"scenario": {**scenario, "cues": 7}}
    with pytest.raises(ScenarioError) as caught:
        read(json.dumps(broken).encode(), name="a.json")
    assert (caught.value.where or "").startswith("/scenario")


@pytest.mark.parametrize("document", [[], 1, "x", {}, {"cues": 3}, {"segments": 3}, {"foo": []}])
def test_other_json_is_refused(document: object) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(json.dumps(document).encode(), name="a.json")
    assert caught.value.where


class TestScenario:
    def test_it_is_read_unchanged(self) -> None:
        result = read(SCENARIO, name="a.json")
        assert result.warnings == ()
        assert result.scenario.cues[0].words[1].start is None

    @pytest.mark.parametrize(
        ("path", "value", "where"),
        [
            (("version",), "ecg-9", "/version"),
            (("cues", 0, "start"), "0.5", "/cues/0/start"),
            (("cues", 0, "end"), 0.1, "/cues/0"),
            (("cues", 0, "colour"), "red", "/cues/0/colour"),
            (("cues", 0, "lines", 0, "words", 0, "end"), 0.1, "/cues/0/lines/0/words/0/end"),
            (("cues", 0, "lines", 0, "words", 0, "text"), "", "/cues/0/lines/0/words/0/text"),
            (("cues", 0, "style", "outline"), {}, "/cues/0/style/outline/width"),
            (("cues", 0, "effects", 0, "params"), {"a": {}}, "/cues/0/effects/0/params/a"),
            (("speakers", "anna", "id"), "bo", "/"),
            (("speakers", "anna", "colour"), "url(x)", "/speakers/anna/colour"),
        ],
    )
    def test_what_is_broken_is_one_error_with_its_pointer(
        self, path: tuple[str | int, ...], value: object, where: str
    ) -> None:
        document = json.loads(SCENARIO)
        place = document
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value
        with pytest.raises(ScenarioError) as caught:
            read(json.dumps(document).encode(), name="a.json")
        assert caught.value.where == where

    def test_further_problems_are_counted(self) -> None:
        document = json.loads(SCENARIO)
        document["cues"][0]["start"] = document["cues"][0]["end"] = "x"
        with pytest.raises(ScenarioError, match="1 more problem"):
            read(json.dumps(document).encode(), name="a.json")


class TestCheck:
    def test_a_sound_file_has_no_errors(self) -> None:
        text = b"1\n00:00:01,000 --> 00:00:03,000\nHello there\n"
        assert check(text, name="a.srt") == []

    def test_an_error_is_a_finding_with_its_place(self) -> None:
        (finding,) = check(b"1\n00:00:01,000 --> x\n", name="a.srt")
        assert (finding.severity, finding.where, finding.code) == ("error", "line 2", "SCENARIO_PARSE_ERROR")
        assert finding.hint

    def test_an_unknown_file_is_a_finding(self) -> None:
        assert [finding.code for finding in check(b"", name="a.mp4")] == ["UNSUPPORTED_FORMAT"]

    def test_oddities_and_reading_rules_are_warnings(self) -> None:
        text = (
            b"00:00:02,000 --> 00:00:01,000\nx\n\n00:00:03,000 --> 00:00:03,200\nMuch too much text for it\n"
        )
        findings = check(text, name="a.srt")
        assert {finding.severity for finding in findings} == {"warning"}
        assert [f.where for f in findings if f.code == "ODDITY"] == ["line 1"]
        assert "too-short" in [finding.code for finding in findings]


def test_warnings_are_kept_once_and_not_without_end() -> None:
    warnings = Warnings()
    for i in range(MAX_WARNINGS + 7):
        warnings.at(f"line {i}")("odd")
        warnings.add("odd", f"line {i}")
    assert len(warnings.texts()) == MAX_WARNINGS + 1
    assert warnings.texts()[0] == "line 0: odd"


def test_readable_formats_are_listed() -> None:
    assert set(READABLE) == {"json", "srt", "vtt", "webvtt", "ass", "ssa"}
