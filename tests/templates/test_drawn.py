"""Every template as the browser draws it: its colours come when they should, and it fetches nothing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecg import templates
from ecg.captions.compose import compose
from ecg.captions.palette import HUES
from ecg.captions.scenario import Scenario, Word
from ecg.render.painter import Painter
from tests.captions.speech import cue_of, scenario_of

Picture = NDArray[np.uint8]

OURS = [t.name for t in templates.available()]
WIDTH, HEIGHT = 640, 360
EVERY = 4.0
"""Seconds from one template's cue to the next one's."""
MOMENTS = {"waiting": 0.9, "first word": 1.4, "after": 2.9}
"""Seconds into the cue's turn: it shows from 0.5 to 3, its words sound from 1 to 2 and from 2 to 2.8."""


def scenario() -> Scenario:
    cues = []
    for turn, name in enumerate(OURS):
        at = turn * EVERY
        words = [Word(text="MMM", start=at + 1, end=at + 2), Word(text="HHH", start=at + 2, end=at + 2.8)]
        cues.append(cue_of(words, name=name, start=at + 0.5, end=at + 3, template=name))
    return scenario_of(*cues)


@pytest.fixture(scope="module")
def drawn() -> dict[tuple[str, str], Picture]:
    """Captions by template and moment: RGBA, straight alpha."""
    loaded = {name: templates.load(name) for name in OURS}
    scene = compose(scenario(), lambda name: loaded[name].manifest, width=WIDTH, height=HEIGHT)
    moments = [(n, m, i * EVERY + at) for i, n in enumerate(OURS) for m, at in MOMENTS.items()]
    times = [round(at * 1_000_000) for _, _, at in moments]
    css = "\n".join(template.css for template in loaded.values())
    pictures = np.zeros((len(times), HEIGHT, WIDTH, 4), np.uint8)
    with Painter(scene, times, template_css=css) as painter:
        for change in painter.changes():
            rest = pictures[change.frame :]
            if change.clear:
                rest[:] = 0
            for p in change.patches:
                pixels = np.frombuffer(p.rgba, np.uint8).reshape(p.height, p.width, 4)
                rest[:, p.y : p.y + p.height, p.x : p.x + p.width] = pixels
        assert painter.refused_requests == []
    return {(name, moment): pictures[i] for i, (name, moment, _) in enumerate(moments)}


def coloured(picture: Picture) -> int:
    """Pixels that are fully the speaker's colour."""
    colour = [int(HUES[0][i : i + 2], 16) for i in (1, 3, 5)]
    near = np.abs(picture[..., :3].astype(int) - colour).max(axis=2) <= 8
    return int((near & (picture[..., 3] > 250)).sum())


@pytest.mark.parametrize("name", OURS)
def test_a_template_is_seen(name: str, drawn: dict[tuple[str, str], Picture]) -> None:
    assert (drawn[name, "first word"][..., 3] > 128).sum() > 200


@pytest.mark.parametrize("name", ["intention", "karaoke", "pop-in", "typewriter", "bold-social", "highlight"])
def test_the_speakers_colour_waits_for_the_sound(name: str, drawn: dict[tuple[str, str], Picture]) -> None:
    assert coloured(drawn[name, "waiting"]) == 0
    assert coloured(drawn[name, "first word"]) > 20


@pytest.mark.parametrize("name", ["intention", "karaoke", "pop-in", "typewriter"])
def test_words_stay_lit(name: str, drawn: dict[tuple[str, str], Picture]) -> None:
    assert coloured(drawn[name, "after"]) > 1.5 * coloured(drawn[name, "first word"])


@pytest.mark.parametrize("name", ["bold-social", "highlight"])
def test_only_the_word_that_sounds_is_lit(name: str, drawn: dict[tuple[str, str], Picture]) -> None:
    assert coloured(drawn[name, "after"]) == 0


def test_clean_captions_are_white_and_still(drawn: dict[tuple[str, str], Picture]) -> None:
    assert coloured(drawn["clean", "after"]) == 0
    assert np.array_equal(drawn["clean", "waiting"], drawn["clean", "after"])


def test_a_karaoke_word_is_half_filled_while_it_sounds(drawn: dict[tuple[str, str], Picture]) -> None:
    half, full = (coloured(drawn["karaoke", moment]) for moment in ("first word", "after"))
    assert 0.1 * full < half < 0.35 * full


def test_captions_stay_inside_the_work_area(drawn: dict[tuple[str, str], Picture]) -> None:
    seen = np.flatnonzero((drawn["intention", "first word"][..., 3] > 0).any(axis=1))
    assert seen.min() >= 0.8 * HEIGHT
    assert seen.max() <= 0.965 * HEIGHT + 1
