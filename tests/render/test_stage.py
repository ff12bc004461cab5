"""The stage as an editor's page drives it: pure in time, true to place, and the painter's picture."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ecg.captions.scenario import Placement, Scenario, TextStyle
from ecg.captions.scene import Scene
from ecg.render.browser import Browser, Page
from ecg.render.painter import Painter
from ecg.render.stage_assets import stage_assets
from ecg.render.stage_server import StageServer
from tests.render.painting import (
    HEIGHT,
    WIDTH,
    Picture,
    adding_up,
    css_of,
    effect,
    every_template,
    frame_times,
    scene_of,
    shown,
    voiced,
)

LOAD = """(async () => {
    const { Stage } = await import('/stage.js');
    const scene = await (await fetch('/scene.json')).json();
    globalThis.stage = new Stage(document.body, scene.width, scene.height);
    await stage.load(scene);
})()"""
LOOK = """(us) => {
    stage.seek(us);
    const visible = cue => getComputedStyle(cue).visibility === 'visible';
    const seen = [...document.querySelectorAll('.cue')].filter(visible);
    return seen.map(cue => {
        const { left, top, right, bottom } = cue.getBoundingClientRect();
        const words = [...cue.querySelectorAll('.word')].map(word => {
            const style = getComputedStyle(word.querySelector('.syllable') ?? word.querySelector('.glyphs'));
            const { x, width } = word.getBoundingClientRect();
            const moved = getComputedStyle(word).transform;
            return { text: word.textContent, colour: style.color, moved, x, width };
        });
        return { box: [left, top, right, bottom], words, dir: cue.dir, lang: cue.lang };
    });
}"""
Look = Callable[[float], list[dict[str, Any]]]


@contextmanager
def stage_page(scene: Scene) -> Iterator[Page]:
    with StageServer(stage_assets(scene, css_of(scene))) as server, Browser(proxy=server.proxy) as browser:
        page = browser.open(server.url("/stage.html"))
        page.evaluate(LOAD)
        yield page


@contextmanager
def looking(scenario: Scenario) -> Iterator[Look]:
    """A stage with the scenario; call with seconds to see every cue that shows then."""
    with stage_page(scene_of(scenario)) as page:
        yield lambda seconds: page.call(f"({LOOK})", round(seconds * 1e6))


def test_a_picture_depends_on_its_time_only() -> None:
    moments = [0.1 + 0.37 * i for i in range(24)]
    with looking(every_template()) as look:
        forwards = [look(at) for at in moments]
        backwards = [look(at) for at in reversed(moments)][::-1]
    assert forwards == backwards
    assert sum(map(len, forwards)) > 20


def test_nothing_shows_outside_its_time() -> None:
    cue = shown("a", voiced("one two", 1.0))
    with looking(Scenario(cues=[cue])) as look:
        for at, count in ((cue.start - 1e-6, 0), (cue.start, 1), (cue.end - 1e-6, 1), (cue.end, 0), (99, 0)):
            assert len(look(at)) == count, at


def test_a_word_takes_its_colour_at_its_microsecond() -> None:
    with looking(Scenario(cues=[shown("a", voiced("one two", 1.0, each=0.5))])) as look:
        before, after = (look(at)[0]["words"][1] for at in (1.499999, 1.5))
    assert before["colour"] == "rgba(255, 255, 255, 0.9)"
    assert after["colour"] == "rgb(255, 225, 77)"


def test_a_drawn_out_word_is_lit_syllable_by_syllable() -> None:
    slow = Scenario(cues=[shown("a", voiced("사랑해요", 1.0, each=2.0))], language="ko")
    with stage_page(scene_of(slow)) as page:
        lit = """(us) => {
            stage.seek(us);
            const coloured = part => getComputedStyle(part).color === 'rgb(255, 225, 77)';
            return [...document.querySelectorAll('.syllable')].map(coloured);
        }"""
        assert page.call(f"({lit})", 1_100_000) == [True, False, False, False]
        assert page.call(f"({lit})", 2_000_000) == [True, True, True, False]


@pytest.mark.parametrize("anchor", ["tl", "tc", "tr", "cl", "cc", "cr", "bl", "bc", "br"])
def test_the_anchor_stands_at_the_point(anchor: str) -> None:
    place = Placement.model_validate({"x": 0.5, "y": 0.4, "anchor": anchor, "free": True})
    with looking(
        Scenario(cues=[shown("a", voiced("one two", 1.0), placement=place, template="clean")])
    ) as look:
        left, top, right, bottom = look(1.0)[0]["box"]
    x = {"l": left, "c": (left + right) / 2, "r": right}[anchor[1]]
    y = {"t": top, "c": (top + bottom) / 2, "b": bottom}[anchor[0]]
    assert (x, y) == pytest.approx((0.5 * WIDTH, 0.4 * HEIGHT), abs=1.0)


def test_a_cue_is_kept_between_the_margins_unless_it_is_free() -> None:
    def corner(free: bool) -> list[float]:
        place = Placement(x=0.0, y=0.0, anchor="cc", free=free)
        cue = shown("a", voiced("one two", 1.0), placement=place, template="clean")
        with looking(Scenario(cues=[cue])) as look:
            return list(look(1.0)[0]["box"])

    kept, free = corner(False), corner(True)
    assert kept[0] >= 0.05 * WIDTH - 1
    assert kept[1] >= 0.035 * HEIGHT - 1
    assert free[0] < 0
    assert free[1] < 0


def test_what_is_too_wide_is_made_to_fit() -> None:
    style = TextStyle(size=0.3)
    cue = shown("a", voiced("unbelievablylongword", 1.0), style=style, wrap="keep", template="clean")
    with looking(Scenario(cues=[cue])) as look:
        left, _, right, bottom = look(1.0)[0]["box"]
    assert left >= 0.05 * WIDTH - 1
    assert right <= 0.95 * WIDTH + 1
    assert bottom <= 0.965 * HEIGHT + 1


def test_arabic_runs_from_right_to_left() -> None:
    with looking(Scenario(cues=[shown("a", voiced("مرحبا يا صديقي", 1.0))], language="ar")) as look:
        (cue,) = look(1.0)
    assert cue["dir"] == "rtl"
    places = [word["x"] for word in cue["words"]]
    assert places == sorted(places, reverse=True)


def test_words_without_spaces_stand_side_by_side() -> None:
    words = voiced("明天 早上 我们", 1.0)
    for word in words:
        word.joined, word.volume_db = True, None
    with looking(Scenario(cues=[shown("a", words)], language="zh")) as look:
        ((first, *others),) = (cue["words"] for cue in look(0.8))
    assert others
    for word in others:
        assert word["x"] == pytest.approx(first["x"] + first["width"], abs=0.1)
        first = word


def test_an_unknown_effect_leaves_the_text_alone() -> None:
    plain = shown("a", voiced("one", 1.0), template="clean")
    odd = shown("a", voiced("one", 1.0), template="clean", effects=[effect("warp-nine", 0.5, 2.0)])
    seen = []
    for cue in (plain, odd):
        with looking(Scenario(cues=[cue])) as look:
            seen.append(look(1.1))
    assert seen[0] == seen[1]


def test_preview_and_painter_show_the_same_picture() -> None:
    """The editor's live page, photographed, against the painter reading back by the same camera.

    A word that may move is a layer of its own in a live page; its letters snap to other parts of a pixel.
    """
    scene = scene_of(every_template())
    times = frame_times(scene)
    chosen = range(12, len(times), 41)
    with Painter(scene, times, template_css=css_of(scene), readback="screenshot") as painter:
        frames = enumerate(adding_up(painter.changes(), len(times)))
        painted = {number: picture.copy() for number, picture in frames if number in chosen}
    off: list[float] = []
    with stage_page(scene) as page:
        for number in chosen:
            page.call("((us) => stage.seek(us))", times[number])
            photograph = np.asarray(Image.open(io.BytesIO(page.photograph(WIDTH, HEIGHT))).convert("RGBA"))
            live, ours = (seen_on_grey(picture) for picture in (photograph, painted[number]))
            inked = (live != GREY) | (ours != GREY)
            assert inked.sum() > 100
            off.append(float(np.abs(live - ours)[inked].mean()))
            assert ((live != GREY) != (ours != GREY)).sum() < 0.06 * inked.sum()
    assert max(off) < 20, "of 255 levels, mean over the caption"
    assert np.median(off) < 0.5


GREY = 90.0


def seen_on_grey(picture: Picture) -> NDArray[np.float64]:
    """Green of the picture over grey: colours of clear pixels mean nothing."""
    alpha = picture[..., 3] / 255
    return np.asarray(np.round(picture[..., 1] * alpha + GREY * (1 - alpha)))
