"""The three ways to read pixels back draw the same captions, up to the edges of glyphs."""

from __future__ import annotations

import numpy as np
import pytest

from ecg.captions.scenario import Scenario
from ecg.captions.scene import Scene
from ecg.render.painter import READBACKS, Painter
from tests.render.painting import TEXTS, Picture, adding_up, css_of, scene_of, shown, voiced


@pytest.fixture(scope="module")
def scene() -> Scene:
    cues = [
        shown(f"cue-{i}", voiced(text, 0.5 + 2 * i), template=template)
        for i, (text, template) in enumerate(
            zip(TEXTS[:4], ("intention", "bold-social", "karaoke", "typewriter"), strict=True)
        )
    ]
    return scene_of(Scenario(cues=cues), size=(640, 360))


@pytest.fixture(scope="module")
def pictures(scene: Scene) -> dict[str, list[Picture]]:
    times = [round((0.3 + 0.23 * i) * 1e6) for i in range(32)]
    drawn = {}
    for method in READBACKS:
        with Painter(scene, times, template_css=css_of(scene), readback=method) as painter:
            changes = adding_up(painter.changes(), len(times), (640, 360))
            drawn[method] = [picture.copy() for picture in changes]
            assert painter.readback == method
    return drawn


def premultiplied(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """What is seen over black, and alpha: colours of clear pixels mean nothing."""
    alpha = picture[..., 3:].astype(np.float64) / 255
    return np.concatenate([picture[..., :3] * alpha, alpha * 255], axis=2)


@pytest.mark.parametrize("method", READBACKS[1:])
def test_pictures_agree(method: str, pictures: dict[str, list[Picture]]) -> None:
    shown_at_all = 0
    for ours, theirs in zip(pictures["element"], pictures[method], strict=True):
        difference = np.abs(premultiplied(ours) - premultiplied(theirs)).max(axis=2)
        inked = (ours[..., 3] > 0) | (theirs[..., 3] > 0)
        assert not difference[~inked].any()
        if inked.any():
            shown_at_all += 1
            assert difference[inked].mean() < 1.5, "of 255 levels, mean over the caption"
            assert (difference > 64).sum() < 0.004 * inked.sum()
    assert shown_at_all > 20


@pytest.mark.parametrize("method", READBACKS)
def test_alpha_is_straight_and_colours_are_whole(method: str, pictures: dict[str, list[Picture]]) -> None:
    """The black box at 90 % is black with alpha 230, not a darkened mixture."""
    box = pictures[method][2]
    values, counts = np.unique(box[box[..., 3] == 230].reshape(-1, 4), axis=0, return_counts=True)
    assert values[counts.argmax()].tolist() == [0, 0, 0, 230]
