from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech.activity import MAX_SECONDS, Region, find_speech, listening_regions
from tests.speech.recordings import concatenate


def test_speech_is_found_between_the_pauses(cards: Sound) -> None:
    speech = find_speech(cards)
    assert len(speech) >= 3
    assert speech[0].start == pytest.approx(0.7, abs=0.3)
    assert speech[-1].end == pytest.approx(cards.seconds - 0.7, abs=0.4)


def test_a_quiet_recording_is_heard_like_a_loud_one(cards: Sound) -> None:
    quiet = Sound((cards.samples // 32).astype(np.int16))
    loud, soft = find_speech(cards), find_speech(quiet)
    assert sum(r.seconds for r in soft) == pytest.approx(sum(r.seconds for r in loud), rel=0.25)


@pytest.mark.parametrize("level", [0, 2, 15])
def test_silence_and_faint_noise_are_not_speech(level: int) -> None:
    noise = np.random.default_rng(1).normal(0, level, 5 * SAMPLE_RATE).astype(np.int16)
    assert find_speech(Sound(noise)) == []


@pytest.mark.parametrize("samples", [0, 1, 479, 480])
def test_a_sound_too_short_to_judge_has_no_speech(samples: int) -> None:
    assert find_speech(Sound(np.zeros(samples, np.int16))) == []


def test_an_engine_is_given_padded_regions_that_keep_apart(reader: Sound) -> None:
    long = concatenate([reader, reader, reader], pause=0.05)
    speech = find_speech(long)
    regions = listening_regions(speech, long)
    assert regions[0].start < speech[0].start
    assert all(0 < r.seconds <= MAX_SECONDS for r in regions)
    assert all(a.end <= b.start for a, b in pairwise(regions))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0.15, 40), st.floats(0.03, 3)), max_size=8))
def test_regions_cover_all_speech_in_order_whatever_the_pauses(runs: list[tuple[float, float]]) -> None:
    speech, at = [], 0.0
    for length, pause in runs:
        speech.append(Region(at + pause, at + pause + length))
        at += pause + length
    sound = Sound(
        np.random.default_rng(0).integers(-99, 99, round((at + 0.1) * SAMPLE_RATE)).astype(np.int16)
    )
    regions = listening_regions(speech, sound)
    assert all(r.seconds <= MAX_SECONDS + 1e-9 for r in regions)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(regions))
    for run in speech:
        covered = sum(max(0.0, min(r.end, run.end) - max(r.start, run.start)) for r in regions)
        assert covered == pytest.approx(run.seconds, abs=1e-6)
