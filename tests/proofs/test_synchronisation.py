"""Every word takes its speaker's colour in the first frame at or after its start, on the output video.

The words are found by eye: where the picture has the speaker's colour when the whole caption is lit, and in
which frame each of these places has it first.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import ecg.render
from ecg.captions.palette import HUES
from ecg.captions.scenario import Cue, Speaker
from tests.proofs.watching import (
    GREY,
    WATERTIGHT,
    Note,
    Rgb,
    caption,
    groups,
    plain_video,
    said,
    scenario,
    watched,
)

SIZE = (640, 360)
HALF_A_TICK = Fraction(1, 2_000_000)
"""Words and frames are on one clock of whole microseconds."""
RATES = {
    "30": ("30", "1"),
    "ntsc": ("30000/1001", "1"),
    "25": ("25", "1"),
    "variable": ("30", "not(eq(mod(n,7),3))*not(between(n,40,47))"),
}
COLOURS = {"ann": HUES[0], "bob": HUES[240]}


def frame(number: int, rate: str, after: float = 0.0) -> float:
    """Seconds of a frame, and a little after (or before) it."""
    return float(number / Fraction(rate)) + after


def cues(rate: str) -> list[Cue]:
    """Words that begin on a frame, just before one, just after one, in between, and two within one frame."""
    starts = (
        [frame(12, rate), frame(18, rate, 1e-6), frame(24, rate, -1e-6), frame(31, rate, 0.5 / 30)],
        [1.5, 1.51, 1.777, 1.9001],
        [2.4, 2.4 + 1 / 3, 2.4 + 2 / 3, 3.31],
    )
    texts = ("MMM", "HHH", "EEE", "MMM")
    return [
        caption(
            f"cue-{i}",
            begin[0] - (0.25 if i else 0.15),
            begin[-1] + 0.22,
            said(texts, begin, lasting=0.15, pitch_hz=100.0),
            speaker=("ann", "bob", "ann")[i],
        )
        for i, begin in enumerate(starts)
    ]


def like(picture: Rgb, colour: str) -> NDArray[np.bool_]:
    """Where the picture has the hue of a colour, well above what the encoder's noise gives to grey."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    hue = wanted - wanted.mean()
    seen = picture.astype(np.float32)
    seen -= seen.mean(axis=2, keepdims=True)
    return np.asarray(seen @ (hue / np.linalg.norm(hue)) > 40)


def first_at_or_after(times: list[Fraction], seconds: float) -> int:
    return next(i for i, time in enumerate(times) if time + HALF_A_TICK >= Fraction(seconds))


@pytest.mark.parametrize("kind", RATES)
def test_every_word_is_lit_in_its_frame(kind: str, tmp_path: Path, record_property: Note) -> None:
    rate, select = RATES[kind]
    video = plain_video(tmp_path / "in.mp4", rate=rate, seconds=4, size=SIZE, select=select)
    speakers = {name: Speaker(id=name, colour=colour) for name, colour in COLOURS.items()}
    written = cues(rate)
    ecg.render.render(video, scenario(*written, speakers=speakers), tmp_path / "out.mp4")
    pictures = list(watched(tmp_path / "out.mp4"))
    times = [time for time, _ in pictures]
    errors = []
    for cue in written:
        first, stop = (first_at_or_after(times, seconds) for seconds in (cue.start, cue.end))
        colour = COLOURS[cue.speaker or ""]
        whole = like(pictures[stop - 1][1], colour)
        places = groups(np.asarray(whole.any(axis=0)), gap=4)
        assert len(places) == len(cue.words), "each word stands apart"
        for word, (left, right) in zip(cue.words, places, strict=True):
            lit = [like(picture[:, left:right], colour).sum() > 8 for _, picture in pictures[first:stop]]
            errors.append(first + lit.index(True) - first_at_or_after(times, word.start or 0))
            assert all(lit[lit.index(True) :]), "once lit, it stays lit"
    worst = max(map(abs, errors))
    record_property(f"word starts at {kind} fps", f"{len(errors)} words, worst error {worst} frames (bar: 0)")
    assert len(errors) == 12
    assert worst == 0, errors


@pytest.mark.parametrize("kind", ["ntsc", "variable"])
def test_a_caption_stands_exactly_in_the_frames_of_its_time(kind: str, tmp_path: Path) -> None:
    rate, select = RATES[kind]
    video = plain_video(tmp_path / "in.mp4", rate=rate, seconds=4, size=SIZE, select=select)
    written = cues(rate)
    ecg.render.render(video, scenario(*written), tmp_path / "out.mp4")
    for time, picture in watched(tmp_path / "out.mp4"):
        expected = any(cue.start - 5e-7 <= time < cue.end - 5e-7 for cue in written)
        there = (np.abs(picture.astype(int) - GREY) > WATERTIGHT).any()
        assert there == expected, float(time)
