from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg import templates
from ecg.captions.compose import compose
from ecg.captions.palette import HUES
from ecg.captions.scenario import (
    BoxStyle,
    Cue,
    Effect,
    Line,
    Outline,
    OutputFrame,
    Placement,
    Scenario,
    Speaker,
    TextStyle,
    Word,
)
from ecg.captions.scene import Scene, SceneCue, SceneWord
from ecg.captions.template import Template
from tests.captions.speech import KOREAN_WORDS, LATIN_WORDS, cue_of, scenario_of, speech_cues, spoken

NAMES = [t.name for t in templates.available()]


def template_for(name: str) -> Template:
    return templates.load(name).manifest


def scene_of(*cues: Cue, size: tuple[int, int] = (1280, 720), **fields: Any) -> Scene:
    return compose(scenario_of(*cues, **fields), template_for, width=size[0], height=size[1])


def words_of(cue: SceneCue) -> list[SceneWord]:
    return [word for line in cue.lines for word in line.words]


def text_of(cue: SceneCue) -> str:
    return "\n".join(" ".join(w.text for w in line.words) for line in cue.lines)


def with_norm(*cues: Cue) -> list[Cue]:
    """`cues`, and enough calm words of the same speaker that -20 dB is her norm."""
    return [*cues, cue_of(spoken("calm " * 30, 600), "norm", wrap="keep")]


def test_sizes_are_fractions_of_the_pictures_height() -> None:
    said = cue_of(spoken("so quiet NO", volumes={1: -33, 2: -5}))
    drawn = words_of(scene_of(*with_norm(said)).cues[0])
    assert [w.size_px / 720 for w in drawn] == pytest.approx([0.05, 0.03, 0.12])


def test_a_word_waits_in_white_and_takes_its_speakers_colour_when_its_sound_begins() -> None:
    word = words_of(scene_of(cue_of(spoken("hello", 1.2345678))).cues[0])[0]
    assert (word.waiting_colour, word.colour, word.start_us) == ("#ffffffe6", HUES[0], 1_234_568)


def test_words_of_nobody_are_white_where_others_have_names_and_yellow_where_nobody_has() -> None:
    ann, nobody = cue_of(spoken("hi"), "a"), cue_of(spoken("hm", 5), "b", speaker=None)
    assert [words_of(c)[0].colour for c in scene_of(ann, nobody).cues] == [HUES[0], "#ffffff"]
    assert words_of(scene_of(nobody).cues[0])[0].colour == HUES[0]


def test_a_loud_line_is_cut_into_successive_captions_of_its_own_cue() -> None:
    loud = dict.fromkeys(range(8), -13.0)
    text = "everybody has to leave this building immediately right now"
    cues = scene_of(*with_norm(cue_of(spoken(text, volumes=loud)))).cues[:-1]
    assert len(cues) > 1
    assert all(len(c.lines) <= 2 for c in cues)
    for before, after in pairwise(cues):
        assert after.start_us - before.end_us == pytest.approx(2 / 24 * 1e6, abs=1)


def test_the_gap_between_parts_follows_the_frame_rate() -> None:
    scenario = scenario_of(cue_of(spoken("word " * 60)))
    first, second, *_ = compose(scenario, template_for, width=640, height=480, fps_hint=50).cues
    assert second.start_us - first.end_us == 40_000


def test_a_very_loud_word_breaks_out_of_its_box() -> None:
    cue = scene_of(*with_norm(cue_of(spoken("I said NO", volumes={2: -5})))).cues[0]
    shout = words_of(cue)[2]
    assert "breaks-out" in cue.classes
    assert "break-out" in shout.classes
    assert shout.outline_px > 0


def test_a_template_may_keep_loud_words_in_the_box() -> None:
    cue = scene_of(*with_norm(cue_of(spoken("I said NO", volumes={2: -5}))), template="karaoke").cues[0]
    assert "breaks-out" not in cue.classes


def test_the_authors_lines_stand() -> None:
    lines = [
        Line(words=spoken("- Are you there?")),
        Line(words=spoken("- I am.", 3)),
        Line(words=spoken("x", 4)),
    ]
    cue = Cue(id="a", start=1, end=5, lines=lines, wrap="keep")
    assert text_of(scene_of(cue).cues[0]) == "- Are you there?\n- I am.\nx"


def test_author_style_stands_above_voice_and_template() -> None:
    style = TextStyle(
        size=0.2,
        weight=123,
        width=33,
        italic=True,
        colour="#abcdef",
        opacity=0.5,
        outline=Outline(width=0.01, colour="#ff0000"),
        font_family="Georgia",
    )
    cue = cue_of(spoken("loud", volumes={0: 0.0}), style=TextStyle(size=0.1, underline=True))
    cue.lines[0].words[0].style = style
    word = words_of(scene_of(*with_norm(cue)).cues[0])[0]
    assert (word.size_px, word.weight, word.width, word.italic) == (144, 123, 33, True)
    assert (word.colour, word.opacity, word.underline, word.font_family) == ("#abcdef", 0.5, True, "Georgia")
    assert (word.outline_px, word.outline_colour) == (7.2, "#ff0000")


def test_the_cues_box_lies_over_the_templates_field_by_field() -> None:
    box = scene_of(cue_of(spoken("hi"), box=BoxStyle(colour="#112233", radius=0.05))).cues[0].box
    assert box is not None
    assert (box.colour, box.radius_px) == ("#112233", 36)
    assert box.padding_x_px == pytest.approx(0.014 * 720)


def test_placement_and_effects_are_the_authors() -> None:
    effect = Effect(name="glitch", start=1.0, end=1.5, params={"strength": 2.0})
    cue = cue_of(spoken("up here"), placement=Placement(x=0.25, y=0.1, anchor="tl"), effects=[effect])
    drawn = scene_of(cue).cues[0]
    assert (drawn.place.x_px, drawn.place.y_px, drawn.place.anchor) == (320, 72, "tl")
    assert (drawn.effects[0].start_us, drawn.effects[0].end_us) == (1_000_000, 1_500_000)


def test_off_screen_voices_are_italic() -> None:
    seen, unseen = cue_of(spoken("hi"), "a"), cue_of(spoken("ho", 3), "b", off_screen=True)
    radio = cue_of(spoken("ha", 5), "c", speaker="radio")
    speakers = {"radio": Speaker(id="radio", off_screen=True)}
    drawn = [words_of(c)[0].italic for c in scene_of(seen, unseen, radio, speakers=speakers).cues]
    assert drawn == [False, True, True]


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("sound", "door slams", "[door slams]"),
        ("sound", "(sighs)", "(sighs)"),
        ("music", "soft piano", "♪ soft piano ♪"),
        ("music", "♪ la la", "♪ la la"),
    ],
)
def test_sounds_stand_in_brackets_and_music_between_notes(kind: str, text: str, shown: str) -> None:
    cue = scene_of(cue_of(spoken(text), speaker=None, kind=kind)).cues[0]
    assert text_of(cue) == shown
    assert {w.waiting_colour for w in words_of(cue)} == {"#ffffff"}


def test_two_who_speak_at_once_stand_one_above_the_other() -> None:
    ann, bob = (
        cue_of(spoken("I was going to"), "a"),
        cue_of(spoken("no you were not", 1.2), "b", speaker="bob"),
    )
    lower, upper = scene_of(ann, bob).cues
    assert upper.place.y_px < lower.place.y_px - 0.05 * 720


def test_one_word_at_a_time_leaves_no_gap() -> None:
    cues = scene_of(cue_of(spoken("one two three"), start=0.5, end=3), template="one-word").cues
    assert [text_of(c) for c in cues] == ["one", "two", "three"]
    assert (cues[0].start_us, cues[-1].end_us) == (500_000, 3_000_000)
    assert all(a.end_us == b.start_us for a, b in pairwise(cues))


def test_words_of_one_moment_show_together_where_words_show_alone() -> None:
    words = [Word(text=t, start=1, end=2) for t in ("all", "at", "once")]
    assert [text_of(c) for c in scene_of(cue_of(words), template="one-word").cues] == ["all at once"]


def test_one_line_at_a_time() -> None:
    by_line = template_for("clean").model_copy(update={"show": "line"})
    cue = Cue(
        id="a",
        start=1,
        end=6,
        wrap="keep",
        lines=[Line(words=spoken("first")), Line(words=spoken("then", 3))],
    )
    scene = compose(scenario_of(cue), lambda _: by_line, width=1280, height=720)
    assert [(text_of(c), c.start_us, c.end_us) for c in scene.cues] == [
        ("first", 1_000_000, 3_000_000),
        ("then", 3_000_000, 6_000_000),
    ]


def test_a_drawn_out_word_is_lit_by_syllables() -> None:
    usual = cue_of(spoken("tomorrow and tomorrow and tomorrow " * 3), "a", wrap="keep")
    english = cue_of([Word(text="wonderful", start=30, end=32)], "b")
    korean = cue_of([Word(text="안녕하세요", start=40, end=43)], "c")
    _, latin, hangul = scene_of(usual, english, korean).cues
    assert words_of(latin)[0].syllables == ("won", "der", "ful")
    assert words_of(hangul)[0].syllables == ("안", "녕", "하", "세", "요")
    assert "drawn-out" in words_of(hangul)[0].classes


def test_a_typewriter_lights_letters_but_never_cuts_cursive_script() -> None:
    scene = scene_of(cue_of(spoken("hey"), "a"), cue_of(spoken("مرحبا", 5), "b"), template="typewriter")
    assert [words_of(c)[0].syllables for c in scene.cues] == [("h", "e", "y"), ("مرحبا",)]


def test_unmeasured_words_are_timed_by_length_and_marked() -> None:
    cue = Cue(id="a", start=2, end=4, lines=[Line(words=[Word(text="aa"), Word(text="bbbb")])])
    first, second = words_of(scene_of(cue).cues[0])
    assert first.start_us == 2_000_000 < second.start_us < 4_000_000 == second.end_us
    assert "interpolated" in first.classes


@pytest.mark.parametrize(
    ("text", "language", "direction", "first_fallback", "drawn_as"),
    [
        ("hello", "en", "ltr", "Noto Sans KR Variable", "en"),
        ("안녕하세요", "ko", "ltr", "Noto Sans KR Variable", "ko"),
        ("こんにちは", None, "ltr", "Noto Sans JP Variable", "ja"),
        ("你好世界", "zh", "ltr", "Noto Sans SC Variable", "zh"),
        ("你好世界", "zh-TW", "ltr", "Noto Sans TC Variable", "zh-TW"),
        ("مرحبا بالعالم", "ar", "rtl", "Noto Sans Arabic Variable", "ar"),
        ("שלום", None, "rtl", "Noto Sans Arabic Variable", None),
    ],
)
def test_script_decides_direction_and_faces(
    text: str, language: str | None, direction: str, first_fallback: str, drawn_as: str | None
) -> None:
    cue = scene_of(cue_of(spoken(text)), language=language).cues[0]
    assert (cue.direction, cue.language) == (direction, drawn_as)
    assert cue.font_families[:2] == ("Roboto Flex Variable", first_fallback)
    assert cue.font_families[-2:] == ("Noto Color Emoji", "sans-serif")


def test_the_scenarios_own_fonts_come_first() -> None:
    scene = scene_of(cue_of(spoken("hi")), frame=OutputFrame(fonts=["Pretendard"]))
    assert scene.cues[0].font_families[0] == "Pretendard"


def test_a_word_wider_than_the_picture_is_set_smaller() -> None:
    drawn = scene_of(cue_of(spoken(f"{'m' * 40} so")), size=(360, 640)).cues
    assert words_of(drawn[0])[0].size_px < 0.05 * 640
    assert words_of(drawn[-1])[-1].size_px == 0.05 * 640


def test_upright_video_is_marked_and_keeps_its_buttons_clear() -> None:
    cue = scene_of(cue_of(spoken("hi there")), size=(1080, 1920)).cues[0]
    assert "vertical" in cue.classes
    assert cue.place.area[3] == 0.8 * 1920


def test_an_empty_scenario_is_an_empty_scene() -> None:
    assert compose(Scenario(), template_for, width=640, height=360).cues == ()


def test_emotions_are_hooks_where_they_are_sure() -> None:
    sure = cue_of(spoken("yes"), "a", emotion="happy", emotion_confidence=0.8)
    unsure = cue_of(spoken("no", 5), "b", emotion="sad", emotion_confidence=0.2)
    one, other = scene_of(sure, unsure).cues
    assert "emotion-happy" in one.classes
    assert "emotion-happy" in words_of(one)[0].classes
    assert not any(c.startswith("emotion") for c in other.classes)


@settings(max_examples=40, deadline=None)
@given(
    st.one_of(speech_cues(LATIN_WORDS), speech_cues(KOREAN_WORDS)),
    st.sampled_from(NAMES),
    st.sampled_from([(1280, 720), (1080, 1920), (320, 240)]),
)
def test_scenes_keep_every_word_and_their_times_are_whole_and_ordered(
    cues: list[Cue], template: str, size: tuple[int, int]
) -> None:
    scenario = scenario_of(*cues, template=template)
    scene = compose(scenario, template_for, width=size[0], height=size[1])
    assert scene == compose(scenario, template_for, width=size[0], height=size[1])
    assert len({c.id for c in scene.cues}) == len(scene.cues)
    assert [c.start_us for c in scene.cues] == sorted(c.start_us for c in scene.cues)
    for cue in cues:
        parts = [c for c in scene.cues if c.id.split("#")[0] == cue.id]
        drawn = [w.text for part in parts for w in words_of(part)]
        wanted = [w.text for w in cue.words]
        assert drawn == ([t.upper() for t in wanted] if template_for(template).uppercase else wanted)
    for part in scene.cues:
        assert part.start_us < part.end_us
        assert len(part.lines) <= 2
        for word in words_of(part):
            assert part.start_us <= word.start_us < word.end_us <= part.end_us
            assert "".join(word.syllables) == word.text
    Scene.model_validate_json(scene.model_dump_json())


@settings(max_examples=30, deadline=None)
@given(speech_cues(LATIN_WORDS))
def test_a_words_colour_begins_at_its_own_start(cues: list[Cue]) -> None:
    scene = compose(scenario_of(*cues), template_for, width=1280, height=720)
    starts = [round((w.start or 0) * 1_000_000) for c in cues for w in c.words]
    drawn = [w.start_us for c in scene.cues for w in words_of(c)]
    late = [abs(a - b) for a, b in zip(sorted(starts), sorted(drawn), strict=True)]
    assert max(late) <= 1_000  # words that all sound at one moment may be shown a millisecond apart
