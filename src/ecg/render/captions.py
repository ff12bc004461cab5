"""A scenario as something that paints itself on any canvas: composed, checked, then painted by browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Self

from ecg import templates
from ecg.assets import fonts
from ecg.captions.compose import compose
from ecg.captions.effects import undrawn_effects
from ecg.captions.scenario import Scenario
from ecg.captions.scene import Scene
from ecg.render.canvas import Canvas
from ecg.render.changes import Change
from ecg.render.crew import Crew
from ecg.render.painter import READBACKS, Painter

DEFAULT_BROWSERS = 1
"""One paints faster than x264 encodes; more cost memory and, on two cores, time (bench/render.py)."""


class PaintedCaptions:
    """The `Captions` of a scenario, to be used as a context manager: a browser starts at once.

    A `crew` that is lent stays open. While `short()` answers true, less memory is used, and more time.
    `warnings` fill as the work goes on.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        browsers: int | None = None,
        gpu: bool = False,
        readback: str = "auto",
        template_folders: Sequence[Path] = (),
        crew: Crew | None = None,
        short: Callable[[], bool] | None = None,
    ) -> None:
        self.scenario = scenario
        self.warnings: list[str] = []
        self._browsers = browsers or DEFAULT_BROWSERS
        self._readback = readback
        self._folders = tuple(template_folders)
        self._scenes: dict[tuple[int, int], Scene] = {}
        self._crew = crew or Crew(gpu=gpu)
        self._crew_is_lent = crew is not None
        self._short = short
        if scenario.cues:
            self._crew.warm()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if not self._crew_is_lent:
            self._crew.close()

    def scene(self, canvas: Canvas) -> Scene:
        """The scenario composed for the canvas; raises InputError where a template is unknown."""
        size = canvas.width, canvas.height
        if size not in self._scenes:
            scene = compose(
                self.scenario,
                lambda name: templates.load(name, self._folders).manifest,
                width=canvas.width,
                height=canvas.height,
                fps_hint=_rate(canvas.times_us),
            )
            self._scenes[size] = scene
            undrawn = undrawn_effects(self.scenario)
            self.warnings += [*scene.warnings, *undrawn, *_too_late(scene, canvas)]
        return self._scenes[size]

    def visible_us(self, canvas: Canvas) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        for start, end in sorted((cue.start_us, cue.end_us) for cue in self.scene(canvas).cues):
            if spans and start <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(end, spans[-1][1])
            else:
                spans.append((start, end))
        return spans

    def changes(self, canvas: Canvas) -> AbstractContextManager[Iterator[Change]]:
        return self._painting(self.scene(canvas), canvas.times_us)

    @contextmanager
    def _painting(self, scene: Scene, times_us: Sequence[int]) -> Iterator[Iterator[Change]]:
        names = sorted({cue.template for cue in scene.cues})
        css = "\n".join(templates.load(name, self._folders).css for name in names)
        with (
            Painter(
                scene,
                times_us,
                template_css=css,
                browsers=self._browsers,
                readback=self._readback,
                crew=self._crew,
                short=self._short,
            ) as painter,
            ThreadPoolExecutor(1, "ecg-lacks") as aside,
        ):
            lacks = aside.submit(lambda: list(_lacks(scene)))  # asks the system: nobody waits
            yield painter.changes()
            self.warnings += lacks.result()
            self._tell(painter)

    def _tell(self, painter: Painter) -> None:
        if painter.restarts:
            self.warnings.append(
                f"a browser died and was replaced {painter.restarts} times; no frame was lost"
            )
        if self._readback == "auto" and painter.readback not in (READBACKS[0], "auto"):
            self.warnings.append(f"pixels were read back the slower way: {painter.readback}")
        if painter.refused_requests:
            tried = ", ".join(dict.fromkeys(painter.refused_requests))
            self.warnings.append(f"captions asked for something outside, which was refused: {tried}")


def _rate(times_us: Sequence[int]) -> float | None:
    """Mean frames a second; None for fewer than two frames."""
    if len(times_us) < 2:
        return None
    return (len(times_us) - 1) / max(1e-6, (times_us[-1] - times_us[0]) / 1e6)


def _lacks(scene: Scene) -> Iterator[str]:
    """What cannot be drawn as asked."""
    words = [word for cue in scene.cues for line in cue.lines for word in line.words]
    missing = fonts.missing_glyphs("".join(word.text for word in words))
    if missing:
        listed = " ".join(f"{char} (U+{ord(char):04X})" for char in missing[:10])
        yield f"no installed font draws {listed}; install a Noto font that does (ecg doctor)"
    asked = (*(word.font_family for word in words), *(f for cue in scene.cues for f in cue.font_families))
    for family in fonts.unknown_families(family for family in asked if family):
        yield f"the font {family!r} is not installed; another is drawn instead"
    for substitute in fonts.substitutes():
        yield str(substitute)


def _too_late(scene: Scene, canvas: Canvas) -> Iterator[str]:
    if not len(canvas.times_us):
        return
    end = canvas.times_us[-1]
    late = [cue.id for cue in scene.cues if cue.start_us > end]
    if late:
        after = f"after the last frame ({end / 1e6:.2f} s)"
        if len(late) == 1:
            yield f"cue {late[0]!r} begins {after} and is not shown"
        else:
            yield f"cue {late[0]!r} and {len(late) - 1} more begin {after} and are not shown"
