"""Scenes for the painter's tests, and the two ways to see their frames: as the stream of changes adds up, and
each painted afresh as if no other frame had ever been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecg import templates
from ecg.captions.compose import compose
from ecg.captions.scenario import Cue, Effect, Line, Scenario, Word
from ecg.captions.scene import Scene
from ecg.captions.template import Template
from ecg.render.browser import Browser, Page
from ecg.render.changes import Change
from ecg.render.painter import Painter, _patches
from ecg.render.stage_assets import stage_assets
from ecg.render.stage_server import StageServer

Picture = NDArray[np.uint8]
"""Height x width x 4: RGBA, straight alpha."""

WIDTH, HEIGHT = 320, 180
TEXTS = ("Hey, over here!", "조용히 해 줘", "もう行こうか", "مرحبا يا صديقي", "走吧 朋友", "wow 🎉 naïve")
VOLUMES = (-20.0, -4.0, -34.0, -20.0)
PITCHES = (180.0, 300.0, 110.0, None)


def voiced(text: str, start: float, each: float = 0.4) -> list[Word]:
    """The words of a text, loud and quiet, high and low by turns."""
    return [
        Word(
            text=part,
            start=round(start + i * each, 3),
            end=round(start + (i + 0.9) * each, 3),
            volume_db=VOLUMES[i % 4],
            pitch_hz=PITCHES[i % 4],
        )
        for i, part in enumerate(text.split())
    ]


def shown(name: str, words: Sequence[Word], **fields: object) -> Cue:
    """A cue that stands from 0.3 s before its first word until 0.4 s after its last one."""
    known = {"start": (words[0].start or 0) - 0.3, "end": (words[-1].end or 0) + 0.4, "speaker": "ann"}
    return Cue.model_validate({"id": name, "lines": [Line(words=list(words))], **known, **fields})


def effect(name: str, start: float, end: float, **fields: object) -> Effect:
    return Effect.model_validate({"name": name, "start": start, "end": end, **fields})


def every_template() -> Scenario:
    """All templates, two seconds each, in six scripts; some cues overlap."""
    names = [t.name for t in templates.available()]
    cues = [
        shown(name, voiced(TEXTS[i % len(TEXTS)], i * 1.8 + 0.5), template=name, speaker="ab"[i % 2])
        for i, name in enumerate(names)
    ]
    return Scenario(cues=cues)


def every_effect(names: Sequence[str]) -> Scenario:
    """Named effects, on words and on whole cues by turns, also two at once."""
    cues = []
    for i, name in enumerate(names):
        at = i * 1.5 + 0.5
        words = [
            Word(text=text, start=at + 0.3 * k, end=at + 0.3 * k + 0.25)
            for k, text in enumerate(("go", "up"))
        ]
        moved = effect(name, at, at + 0.6)
        if i % 2:
            words[0].effects = [moved, effect("pulse", at + 0.2, at + 0.5, compose="multiply")]
            cues.append(shown(name, words))
        else:
            cues.append(shown(name, words, effects=[moved]))
    return Scenario(cues=cues)


def scene_of(
    scenario: Scenario, *, folders: Sequence[Path] = (), size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Scene:
    def manifest(name: str) -> Template:
        return templates.load(name, folders).manifest

    return compose(scenario, manifest, width=size[0], height=size[1], fps_hint=30)


def css_of(scene: Scene, folders: Sequence[Path] = ()) -> str:
    return "\n".join(
        templates.load(name, folders).css for name in sorted({cue.template for cue in scene.cues})
    )


def frame_times(scene: Scene, rate: float = 30.0) -> list[int]:
    """Microseconds of all frames until shortly after the last cue."""
    end = max((cue.end_us for cue in scene.cues), default=0) / 1e6 + 0.1
    return [round(i / rate * 1e6) for i in range(int(end * rate) + 1)]


def lay(picture: Picture, change: Change) -> None:
    """Bring a picture to the state that a change describes."""
    if change.clear:
        picture[:] = 0
    for p in change.patches:
        pixels = np.frombuffer(p.rgba, np.uint8).reshape(p.height, p.width, 4)
        picture[p.y : p.y + p.height, p.x : p.x + p.width] = pixels


def adding_up(
    changes: Iterator[Change], count: int, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Iterator[Picture]:
    """The picture of each of `count` frames; the same array every time."""
    picture = np.zeros((size[1], size[0], 4), np.uint8)
    following = next(changes, None)
    for number in range(count):
        while following is not None and following.frame == number:
            lay(picture, following)
            following = next(changes, None)
        yield picture
    assert following is None, "a change after the last frame"


def painted(scene: Scene, times: Sequence[int], **options: object) -> list[int]:
    """A hash of every frame's picture, as the painter's changes add up."""
    with Painter(scene, times, template_css=css_of(scene), **options) as painter:  # type: ignore[arg-type]
        return [hash(picture.tobytes()) for picture in adding_up(painter.changes(), len(times))]


class FreshStage:
    """One page that paints single frames, each as a run of its own that has never seen another."""

    def __init__(self, page: Page, server: StageServer, scene: Scene, method: str) -> None:
        self._page, self._server, self._scene = page, server, scene
        server.cameras["fresh"] = page.photograph
        page.call("ecg.prepare", method, "fresh")

    def picture(self, us: int) -> Picture:
        members = [i for i, cue in enumerate(self._scene.cues) if cue.start_us <= us < cue.end_us]
        picture = np.zeros((self._scene.height, self._scene.width, 4), np.uint8)
        batches: list[bytes] = []

        def keep(batch: bytes) -> bool:
            batches.append(batch)
            return True

        self._server.sinks["fresh"] = keep
        self._page.call("ecg.paintRun", "fresh", members, [[0, us]])
        for batch in batches:
            lay(picture, Change(0, False, tuple(patch for _, patch in _patches(batch))))
        return picture


@contextmanager
def fresh_stage(scene: Scene, method: str = "element") -> Iterator[FreshStage]:
    with StageServer(stage_assets(scene, css_of(scene))) as server, Browser(proxy=server.proxy) as browser:
        yield FreshStage(browser.open(server.url("/stage.html")), server, scene, method)
