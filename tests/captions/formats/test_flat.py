"""The flat form of the render contract."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecg.captions.formats import ReadResult, read
from ecg.errors import ScenarioError
from tests.captions.formats.samples import FLAT


def flat(*cues: Any, **fields: Any) -> ReadResult:
    return read(json.dumps({"cues": list(cues), **fields}).encode(), name="a.json")


def cue(**fields: Any) -> dict[str, Any]:
    return {"text": "Hello world", "start": 1, "end": 3, **fields}


def test_a_whole_render_job() -> None:
    result = read(FLAT, name="job.json")
    scenario = result.scenario
    assert (result.source_format, result.warnings) == ("flat", ())
    assert scenario.template == "karaoke"
    first, second = scenario.cues
    assert (first.id, first.speaker, first.emotion) == ("a", "Anna", "happy")
    assert first.style is not None
    assert first.style.size == 0.05
    assert [(w.text, w.start, w.end, w.timing) for w in first.words] == [
        ("Hello,", 1.0, 1.4, "measured"),
        ("big", 1.5, 1.8, "measured"),
        ("world!", 1.8, 3.0, "interpolated"),
    ]
    assert (first.words[0].volume_db, first.words[0].confidence) == (-20.5, 0.9)
    assert first.words[1].pitch_hz is None
    assert [w.timing for w in second.words] == ["interpolated"] * 2


def test_the_smallest_cue_is_neutral() -> None:
    (only,) = flat(cue()).scenario.cues
    assert (only.id, only.speaker, only.style, only.emotion) == ("cue-1", None, None, None)
    assert all(w.volume_db is None and w.pitch_hz is None and w.confidence is None for w in only.words)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"start": 3}, "/cues/0/end"),
        ({"start": 4}, "/cues/0/end"),
        ({"start": -1}, "/cues/0/start"),
        ({"start": "1"}, "/cues/0/start"),
        ({"start": None}, "/cues/0/start"),
        ({"end": 1e6}, "/cues/0/end"),
        ({"end": None}, "/cues/0/end"),
        ({"text": None}, "/cues/0/text"),
        ({"text": 5}, "/cues/0/text"),
        ({"style": "color: red"}, "/cues/0/style"),
        ({"words": {}}, "/cues/0/words"),
        ({"words": ["Hello"]}, "/cues/0/words/0"),
        ({"words": [{"start": 1}]}, "/cues/0/words/0/word"),
        ({"words": [{"word": "Hello", "start": "x"}]}, "/cues/0/words/0/start"),
        ({"emotion": 3}, "/cues/0/emotion"),
        ({"speaker": []}, "/cues/0/speaker"),
        ({"id": 1.5}, "/cues/0/id"),
        ({"text": "x " * 30_000}, "/cues/0"),
    ],
)
def test_a_broken_cue_is_one_error_with_its_pointer(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        flat(cue(**fields))
    assert caught.value.where == where


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "1e400"])
def test_no_number_is_an_error_with_its_pointer(literal: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(f'{{"cues": [{{"text": "a", "start": {literal}, "end": 2}}]}}'.encode(), name="a.json")
    assert caught.value.where == "/cues/0/start"


def test_a_pointer_into_a_job_begins_at_the_job() -> None:
    job = {"scenario": {"cues": [cue(), cue(start=9)]}, "options": {"height": 720}}
    with pytest.raises(ScenarioError) as caught:
        read(json.dumps(job).encode(), name="a.json")
    assert caught.value.where == "/scenario/cues/1/end"


def test_oddities_are_warnings() -> None:
    result = flat(
        cue(zoom=2, end=4),
        cue(start=2, end=5, id="cue-1"),
        cue(start=0, text=" "),
        cue(
            start=6,
            end=9,
            words=[{"word": "Hello", "start": 1, "end": 2, "confidence": 7}, {"word": "world"}],
        ),
        tempo=1,
    )
    assert len(result.scenario.cues) == 3
    said = "\n".join(result.warnings)
    for part in (
        "/tempo: ",
        "/cues/0/zoom: ",
        "'cue-1' was taken",
        "/cues/2: ",
        "outside its cue",
        "outside 0…1",
        "start before",
    ):
        assert part in said


def test_words_that_are_not_in_the_text_are_shown_as_they_are() -> None:
    result = flat(cue(words=[{"word": "Good", "start": 1, "end": 2}, {"word": "bye", "start": 2, "end": 3}]))
    assert result.scenario.cues[0].text == "Good bye"
    assert result.warnings == ("/cues/0/words: the words are not those of the text; the words are shown",)


def test_words_without_a_text_are_enough_and_duration_may_stand_for_the_end() -> None:
    result = flat(
        {"start": 1, "duration": 2, "words": [{"word": "Hi"}, {"text": "you", "start": 2, "end": 2.5}]}
    )
    (only,) = result.scenario.cues
    assert (only.text, only.end) == ("Hi you", 3)


def test_text_is_only_text() -> None:
    result = flat(cue(text="</style><script>alert(1)</script> url(http://x)"))
    assert result.scenario.cues[0].text == "</style><script>alert(1)</script> url(http://x)"


def test_pixels_are_measured_by_the_jobs_height() -> None:
    job = {"scenario": {"cues": [cue(style={"fontSize": "54px"})]}, "options": {"height": 1080}}
    style = read(json.dumps(job).encode(), name="a.json").scenario.cues[0].style
    assert style is not None
    assert style.size == 0.05


def test_too_many_cues_are_an_error() -> None:
    with pytest.raises(ScenarioError) as caught:
        flat(*[{"text": "a", "start": i, "end": i + 1} for i in range(10_001)])
    assert caught.value.where == "/cues/10000"


@pytest.mark.parametrize("template", ["../../etc", "A b", ""])
def test_a_template_is_a_plain_name(template: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        flat(cue(), template=template)
    assert caught.value.where == "/template"
