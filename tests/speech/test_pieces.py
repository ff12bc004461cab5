"""Long sounds in pieces: where they are cut, and that nothing is lost at the cuts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech.activity import Region
from ecg.speech.pieces import cut

_NOISE = np.random.default_rng(0).integers(-99, 99, 60 * SAMPLE_RATE).astype(np.int16)


def sound(seconds: float) -> Sound:
    return Sound(_NOISE[: round(seconds * SAMPLE_RATE)])


def on_the_grid(seconds: float) -> float:
    return round(seconds / 0.03) * 0.03


def test_a_short_sound_is_one_piece_just_as_it_is() -> None:
    whole, speech = sound(13), [Region(0.3, 2.1)]
    (piece,) = cut(whole, speech, seconds=10)
    assert (piece.start, piece.speech) == (0.0, tuple(speech))
    assert piece.sound is whole


def test_the_cut_lies_in_the_longest_pause_within_reach() -> None:
    speech = [Region(0.0, 8.4), Region(8.7, 9.9), Region(10.8, 11.1), Region(11.4, 20.0)]
    first, second = cut(sound(20), speech, seconds=10)
    assert second.start == pytest.approx((9.9 + 10.8) / 2, abs=0.031)
    assert first.speech == (Region(0.0, 8.4), Region(8.7, 9.9))
    assert second.speech[0].start == pytest.approx(10.8 - second.start)


def test_without_a_pause_the_cut_lies_at_the_quietest_moment() -> None:
    samples = sound(20).samples.copy()
    samples[round(10.55 * SAMPLE_RATE) : round(10.75 * SAMPLE_RATE)] //= 50
    first, second = cut(Sound(samples), [Region(0.0, 20.0)], seconds=10)
    assert second.start == pytest.approx(10.65, abs=0.12)
    assert first.speech[-1].end == pytest.approx(second.start)
    assert second.speech[0].start == 0.0


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.5, 60),
    st.lists(st.tuples(st.floats(0.15, 15), st.floats(0.03, 4)), max_size=12),
    st.floats(5, 20),
)
def test_pieces_follow_one_another_and_keep_all_speech(
    seconds: float, runs: list[tuple[float, float]], wanted: float
) -> None:
    whole, speech, at = sound(seconds), [], 0.0
    for length, pause in runs:
        start = on_the_grid(at + pause)
        at = on_the_grid(start + length)
        if at < whole.seconds:
            speech.append(Region(start, at))
    pieces = cut(whole, speech, seconds=wanted)
    assert [piece.index for piece in pieces] == list(range(len(pieces)))
    assert sum(len(piece.sound.samples) for piece in pieces) == len(whole.samples)
    for one, following in pairwise(pieces):
        assert following.start == pytest.approx(one.start + one.sound.seconds)
        assert 0.8 * wanted - 0.04 <= one.sound.seconds <= 1.2 * wanted + 0.04
        assert round(following.start * SAMPLE_RATE) % 480 == 0
    assert pieces[-1].sound.seconds <= 4 / 3 * wanted or len(pieces) == 1
    spoken = sum(region.seconds for piece in pieces for region in piece.speech)
    assert spoken == pytest.approx(sum(region.seconds for region in speech))
    assert all(0 <= r.start < r.end <= p.sound.seconds + 1e-9 for p in pieces for r in p.speech)


def test_a_piece_is_named_by_its_sound_and_its_speech() -> None:
    one, other = (cut(sound(9), [Region(1.0, end)])[0] for end in (2.0, 3.0))
    assert one.digest != other.digest
    assert one.digest == cut(sound(9), [Region(1.0, 2.0)])[0].digest
    assert one.digest != cut(sound(9.5), [Region(1.0, 2.0)])[0].digest
