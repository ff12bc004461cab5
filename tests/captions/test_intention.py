from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.captions.intention import (
    Intonation,
    breaks_out,
    class_slug,
    drawn_out,
    intonations,
    size_fraction,
    usual_pace,
    voice_norms,
    weight_of,
    width_of,
    word_classes,
)
from ecg.captions.scenario import Scenario, Word
from ecg.captions.syllables import syllables
from ecg.captions.template import SizeScale, WeightScale, WidthScale
from tests.captions.speech import cue_of, scenario_of, spoken

SIZE = SizeScale(normal=0.05, whisper=0.03, shout=0.12)
WEIGHT = WeightScale(neutral=400, low=800, high=200)
WIDTH = WidthScale(neutral=100, rich=125, thin=75)


def tones(scenario: Scenario, cue: int = 0) -> list[Intonation]:
    chosen = scenario.cues[cue]
    return intonations(chosen, chosen.words, voice_norms(scenario))


def sizes(volumes: list[float]) -> list[float]:
    """Sizes of words at `volumes`, of a speaker whose norm is -20 dB."""
    calm = spoken("word " * 40, start=100)
    said = spoken("word " * len(volumes), volumes=dict(enumerate(volumes)))
    return [size_fraction(t.loudness, SIZE) for t in tones(scenario_of(cue_of(said), cue_of(calm, "calm")))]


def test_whisper_normal_and_shout_have_the_sizes_of_the_design_system() -> None:
    assert sizes([-32, -20, -6]) == pytest.approx([0.03, 0.05, 0.12])


def test_type_grows_no_further_than_a_shout_and_shrinks_no_further_than_a_whisper() -> None:
    assert sizes([-70, 0]) == pytest.approx([0.03, 0.12])


def test_ordinary_speech_does_not_flicker() -> None:
    assert set(sizes([-21.9, -20.4, -19, -18.1])) == {0.05}


@given(st.lists(st.floats(-60, 0), min_size=2, max_size=8))
def test_louder_is_never_smaller(volumes: list[float]) -> None:
    ordered = sizes(sorted(volumes))
    assert ordered == sorted(ordered)
    assert all(0.03 - 1e-9 <= size <= 0.12 + 1e-9 for size in ordered)


def test_size_doubles_about_every_eleven_decibels_above_the_norm() -> None:
    louder, doubled = sizes([-16, -16 + 9.5])
    assert doubled / louder == pytest.approx(2, rel=0.02)


def test_loudness_is_measured_against_the_speakers_own_norm() -> None:
    quiet = cue_of([w.model_copy(update={"volume_db": -40.0}) for w in spoken("a " * 25)], speaker="quiet")
    loud = cue_of(
        [w.model_copy(update={"volume_db": -10.0}) for w in spoken("a " * 25, 60)], "b", speaker="loud"
    )
    scenario = scenario_of(quiet, loud)
    assert {t.loudness for t in tones(scenario, 0) + tones(scenario, 1)} == {0.0}


def test_a_speaker_of_few_words_leans_on_the_norm_of_the_video() -> None:
    many = cue_of(spoken("a " * 60), speaker="many")
    one_shout = cue_of(spoken("NO", 60, volumes={0: -6}), "b", speaker="once")
    assert tones(scenario_of(many, one_shout), 1)[0].loudness > 0.8


def test_unknown_loudness_pitch_and_harmonics_are_neutral() -> None:
    words = [Word(text="hm", start=1, end=2), *spoken("known words", 3)]
    assert tones(scenario_of(cue_of(words)))[0] == Intonation()


def test_a_video_where_nothing_was_measured_is_neutral() -> None:
    assert tones(scenario_of(cue_of([Word(text="hm", start=1, end=2)]))) == [Intonation()]


def test_sounds_have_no_intonation() -> None:
    bang = cue_of(spoken("door slams", volumes={0: -2, 1: -2}), kind="sound")
    assert set(tones(scenario_of(bang, cue_of(spoken("a " * 30, 60), "b")))) == {Intonation()}


def test_a_very_short_word_leans_on_its_neighbours_and_a_long_one_does_not() -> None:
    calm = cue_of(spoken("a " * 40, 60), "calm")
    short = cue_of(spoken("some noise here", each=0.05, volumes={1: -4}))
    long = cue_of(spoken("some noise here", each=0.3, volumes={1: -4}))
    assert tones(scenario_of(short, calm))[1].loudness < 0.5
    assert tones(scenario_of(long, calm))[1].loudness == 1.0


@pytest.mark.parametrize(("pitch", "expected"), [(180, 400), (165, 400), (200, 400), (90, 800), (400, 200)])
def test_lower_than_ones_own_norm_is_heavier(pitch: float, expected: int) -> None:
    said = [spoken("word")[0].model_copy(update={"pitch_hz": pitch})]
    scenario = scenario_of(cue_of(said), cue_of(spoken("a " * 40, 60), "calm"))
    assert weight_of(tones(scenario)[0].pitch, WEIGHT) == expected


def test_a_lone_word_is_judged_on_the_absolute_scale() -> None:
    bass = scenario_of(cue_of([Word(text="no", start=1, end=2, pitch_hz=80)]))
    assert tones(bass)[0].pitch < -0.5


def test_rich_low_harmonics_are_wider_and_thin_ones_narrower() -> None:
    assert [width_of(t, WIDTH) for t in (-1, 0, 1)] == [125, 100, 75]


@given(st.floats(-1, 1))
def test_axes_stay_within_their_scale(departure: float) -> None:
    assert 200 <= weight_of(departure, WEIGHT) <= 800
    assert 75 <= width_of(departure, WIDTH) <= 125


def test_a_scale_without_ends_is_fixed() -> None:
    assert size_fraction(1.0, SizeScale(normal=0.04)) == pytest.approx(0.04)
    assert weight_of(-1.0, WeightScale(neutral=700)) == 700
    assert width_of(1.0, WidthScale(neutral=90)) == 90


def test_a_loud_or_suddenly_loud_word_breaks_out() -> None:
    assert breaks_out(0.8, 0.7)
    assert breaks_out(0.55, 0.0)
    assert not breaks_out(0.55, 0.4)
    assert not breaks_out(0.55, None)


def test_classes_name_what_was_heard() -> None:
    word = Word(text="no", timing="interpolated", start=1, end=2)
    assert word_classes(word, Intonation(loudness=1, pitch=-1), "Very Angry!") == (
        "loud",
        "low",
        "interpolated",
        "emotion-very-angry",
    )


def test_a_class_cannot_be_broken_out_of() -> None:
    assert class_slug('x"></style><b>') == "x-style-b"
    assert class_slug("기쁨") == ""


def test_a_word_at_twice_the_usual_pace_is_drawn_out() -> None:
    scenario = scenario_of(cue_of(spoken("tomorrow " * 10, each=0.6)))
    pace = usual_pace(scenario, lambda text: len(syllables(text)))["ann"]
    assert pace == pytest.approx(0.18)
    assert drawn_out(Word(text="wonderful", start=1, end=2.2), 3, pace)
    assert not drawn_out(Word(text="wonderful", start=1, end=1.7), 3, pace)
    assert not drawn_out(Word(text="wonderful", start=1, end=2.2, timing="interpolated"), 3, pace)
