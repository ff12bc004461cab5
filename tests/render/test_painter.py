"""The stream of changes shows exactly the frames, whoever paints them and whatever happens to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.captions.effects import EFFECTS
from ecg.captions.scenario import Scenario
from ecg.captions.scene import Scene
from ecg.errors import RenderError
from ecg.render import painter as painting_module
from ecg.render.browser import find_browser
from ecg.render.changes import Change
from ecg.render.crew import Crew
from ecg.render.painter import BUFFER_BYTES, READBACKS, Painter, plan_runs
from tests.render.painting import (
    adding_up,
    css_of,
    every_effect,
    every_template,
    frame_times,
    fresh_stage,
    painted,
    scene_of,
    shown,
    voiced,
)

NAMES = sorted(EFFECTS)


def busy_scene() -> Scene:
    """Three runs of captions in which something moves on most frames."""
    cues = [
        shown(f"cue-{i}", voiced("one two three four five", 0.5 + i * 3), template=name)
        for i, name in enumerate(("intention", "karaoke", "typewriter"))
    ]
    return scene_of(Scenario(cues=cues))


@pytest.fixture(autouse=True)
def profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder of the test's own for browser profiles, in which none may stay."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def busy() -> Scene:
    return busy_scene()


@pytest.fixture(scope="module")
def busy_frames(busy: Scene) -> list[int]:
    return painted(busy, frame_times(busy))


class TestChangesAddUp:
    """The promise under everything: a frame is a function of its time, not of the frames before it."""

    @pytest.mark.parametrize(
        "scenario",
        [every_template(), every_effect(NAMES[::2]), every_effect(NAMES[1::2])],
        ids=["templates", "effects", "more-effects"],
    )
    def test_every_frame_is_what_painting_it_alone_gives(self, scenario: Scenario) -> None:
        scene = scene_of(scenario)
        times = frame_times(scene)
        seen = 0
        with Painter(scene, times, template_css=css_of(scene)) as painter, fresh_stage(scene) as stage:
            for number, picture in enumerate(adding_up(painter.changes(), len(times))):
                if number % 5 == 0:
                    alone = stage.picture(times[number])
                    assert np.array_equal(picture, alone), f"frame {number} at {times[number] / 1e6:.3f} s"
                    seen += bool(alone.any())
        assert seen > len(times) / 10

    def test_changes_come_in_order_at_even_places_inside_the_picture(self, busy: Scene) -> None:
        times = frame_times(busy)
        last = -1
        with Painter(busy, times, template_css=css_of(busy)) as painter:
            for change in painter.changes():
                assert last < change.frame < len(times)
                last = change.frame
                for p in change.patches:
                    assert p.x % 2 == p.y % 2 == p.width % 2 == p.height % 2 == 0
                    assert 0 <= p.x < p.x + p.width <= busy.width
                    assert 0 <= p.y < p.y + p.height <= busy.height
                    assert len(p.rgba) == p.width * p.height * 4

    def test_still_captions_send_nothing_twice(self) -> None:
        scene = scene_of(Scenario(cues=[shown("still", voiced("nothing moves here", 0.5), template="clean")]))
        times = frame_times(scene)
        with Painter(scene, times, template_css=css_of(scene)) as painter:
            changes = list(painter.changes())
        # That nothing comes before the cue, the cue, that nothing comes after it.
        assert [bool(change.patches) for change in changes] == [False, True, False]

    def test_a_scene_without_captions_starts_no_browser(self) -> None:
        scene = scene_of(Scenario())
        with Painter(scene, [0, 40_000], template_css="") as painter:
            assert list(painter.changes()) == []
            assert painter.pids() == []


class TestShortMemory:
    def test_frames_are_the_same_from_the_start(self, busy: Scene, busy_frames: list[int]) -> None:
        assert painted(busy, frame_times(busy), browsers=2, short=lambda: True) == busy_frames

    def test_frames_are_the_same_when_it_comes_and_goes(self, busy: Scene, busy_frames: list[int]) -> None:
        asked = iter(range(1_000_000))
        assert painted(busy, frame_times(busy), browsers=2, short=lambda: next(asked) % 7 > 3) == busy_frames


class TestALastingCrew:
    def test_paints_job_after_job_with_one_browser(self, busy: Scene, busy_frames: list[int]) -> None:
        with Crew(lasts=True) as crew:
            pids = set()
            for _ in range(3):
                crew.warm()
                assert painted(busy, frame_times(busy), crew=crew) == busy_frames
                (browser,) = crew._resting
                pids.add(browser.pid)
            assert len(pids) == 1

    def test_paints_on_after_a_job_that_was_stopped(self, busy: Scene, busy_frames: list[int]) -> None:
        with Crew(lasts=True) as crew:
            with Painter(busy, frame_times(busy), template_css=css_of(busy), crew=crew) as painter:
                next(painter.changes())
            assert crew.pids() == []
            assert painted(busy, frame_times(busy), crew=crew) == busy_frames


class TestRepeatability:
    def test_two_runs_and_four_browsers_paint_the_same(self, busy: Scene, busy_frames: list[int]) -> None:
        times = frame_times(busy)
        assert len(set(busy_frames)) > 50
        assert painted(busy, times) == busy_frames
        assert painted(busy, times, browsers=4) == busy_frames


@given(
    spans=st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 800)), max_size=12),
    frames=st.lists(st.integers(0, 3000), min_size=1, max_size=60, unique=True),
)
@settings(max_examples=200, deadline=None)
def test_runs_cover_exactly_the_frames_with_captions(spans: list[tuple[int, int]], frames: list[int]) -> None:
    base = shown("a", voiced("x", 0.5), template="clean")
    scene = scene_of(Scenario(cues=[base]))
    cues = [
        scene.cues[0].model_copy(update={"id": str(i), "start_us": start, "end_us": start + length})
        for i, (start, length) in enumerate(spans)
    ]
    times = sorted(frames)
    runs = plan_runs(scene.model_copy(update={"cues": tuple(cues)}), times)
    for one, next_one in pairwise(runs):
        assert one.stop <= next_one.first
    for number, us in enumerate(times):
        seen = {i for i, cue in enumerate(cues) if cue.start_us <= us < cue.end_us}
        around = [run for run in runs if run.first <= number < run.stop]
        assert seen == set() or len(around) == 1
        assert all(seen <= set(run.members) for run in around)
    planned = [i for run in runs for i in run.members]
    assert len(planned) == len(set(planned))


class TestBackpressure:
    def test_a_slow_consumer_makes_the_browser_wait_and_loses_nothing(
        self, monkeypatch: pytest.MonkeyPatch, busy: Scene, busy_frames: list[int]
    ) -> None:
        monkeypatch.setattr(painting_module, "BUFFER_BYTES", 40_000)
        times = frame_times(busy)
        largest = 0
        frames = []
        with Painter(busy, times, template_css=css_of(busy), browsers=2) as painter:
            for number, picture in enumerate(adding_up(painter.changes(), len(times))):
                frames.append(hash(picture.tobytes()))
                if number % 30 == 0:
                    time.sleep(0.15)
                largest = max(largest, *(buffer._bytes for buffer in painter._buffers))
            waiting = painter.runs
        assert frames == busy_frames
        assert len(waiting) == 3
        assert 0 < largest < 40_000 + 300_000, "one batch may stand above the bound, no more"

    def test_the_bound_is_in_megabytes(self) -> None:
        assert BUFFER_BYTES <= 16 << 20


def interrupted(
    scene: Scene, act: Callable[[Painter], None], *, at: int = 20, **options: object
) -> tuple[list[int], int]:
    """Frames and restarts of a painting during which `act` is done once, at frame `at`."""
    times = frame_times(scene)
    frames = []
    with Painter(scene, times, template_css=css_of(scene)) as painter:
        for number, picture in enumerate(adding_up(painter.changes(), len(times))):
            if number == at:
                act(painter)
            frames.append(hash(picture.tobytes()))
        return frames, painter.restarts


def signal_browsers(number: int) -> Callable[[Painter], None]:
    def act(painter: Painter) -> None:
        for pid in painter.pids():
            for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
                process.send_signal(number)

    return act


class TestBrowsersThatFail:
    """A small buffer keeps the browser waiting for the consumer: it is always in the middle of its work."""

    @pytest.fixture(autouse=True)
    def small_buffers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(painting_module, "BUFFER_BYTES", 20_000)

    def test_a_killed_browser_is_replaced(self, busy: Scene, busy_frames: list[int]) -> None:
        frames, restarts = interrupted(busy, signal_browsers(signal.SIGKILL))
        assert restarts == 1
        assert frames == busy_frames

    def test_a_killed_page_is_replaced(self, busy: Scene, busy_frames: list[int]) -> None:
        def kill_renderers(painter: Painter) -> None:
            for child in psutil.Process(painter.pids()[0]).children(recursive=True):
                if "--type=renderer" in child.cmdline():
                    child.kill()

        frames, restarts = interrupted(busy, kill_renderers)
        assert restarts == 1
        assert frames == busy_frames

    def test_a_browser_that_hangs_is_replaced(
        self, monkeypatch: pytest.MonkeyPatch, busy: Scene, busy_frames: list[int]
    ) -> None:
        monkeypatch.setattr(painting_module, "PATIENCE_SECONDS", 2.5)
        frozen: list[psutil.Process] = []

        def freeze(painter: Painter) -> None:
            frozen.extend(family(painter.pids()[0]))
            signal_browsers(signal.SIGSTOP)(painter)

        frames, restarts = interrupted(busy, freeze)
        assert restarts >= 1
        assert frames == busy_frames
        assert still_running(frozen) == []

    def test_one_that_always_dies_is_an_error(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, busy: Scene
    ) -> None:
        monkeypatch.setenv("ECG_CHROMIUM", str(script(tmp_path / "dies", "exit 1")))
        with (
            pytest.raises(RenderError, match="browser"),
            Painter(busy, frame_times(busy), template_css=css_of(busy)) as painter,
        ):
            list(painter.changes())


def first_painted(painter: Painter) -> Change:
    return next(change for change in painter.changes() if change.patches)


def script(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)
    return path


class TestTidiness:
    def test_closing_leaves_no_process_and_no_folder(self, busy: Scene) -> None:
        painter = Painter(busy, frame_times(busy), template_css=css_of(busy), browsers=2)
        first_painted(painter)
        processes = [p for pid in painter.pids() for p in family(pid)]
        assert len(processes) >= 2
        painter.close()
        assert still_running(processes) == []

    def test_a_consumer_that_stops_early_stops_the_painting(self, busy: Scene) -> None:
        began = time.monotonic()
        with Painter(busy, frame_times(busy), template_css=css_of(busy)) as painter:
            first_painted(painter)
        assert time.monotonic() - began < 15

    def test_killing_this_program_leaves_no_browser(self, tmp_path: Path) -> None:
        program = """
            import sys, time
            from tests.render.test_painter import busy_scene, first_painted
            from tests.render.painting import css_of, frame_times
            from ecg.render.painter import Painter
            scene = busy_scene()
            painter = Painter(scene, frame_times(scene), template_css=css_of(scene))
            first_painted(painter)
            print(*painter.pids(), flush=True)
            time.sleep(600)
        """
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)],
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            text=True,
        )
        assert child.stdout is not None
        with child.stdout:
            processes = family(int(child.stdout.readline()))
        assert len(processes) > 1
        child.kill()
        child.wait()
        assert still_running(processes) == []


def still_running(processes: list[psutil.Process], seconds: float = 20) -> list[psutil.Process]:
    """Those that are not gone after a while; a zombie is gone (nobody may be there to collect it)."""
    until = time.monotonic() + seconds
    while alive := [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]:
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    return alive


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


class TestFallback:
    def test_without_the_experimental_flag_another_way_is_taken(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, busy: Scene
    ) -> None:
        without = """
            for argument do
              shift
              case "$argument" in --enable-blink-features=*) ;; *) set -- "$@" "$argument" ;; esac
            done
        """
        wrapper = script(tmp_path / "plain-chromium", without, f'exec "{find_browser()}" "$@"')
        monkeypatch.setenv("ECG_CHROMIUM", str(wrapper))
        times = frame_times(busy)[:60]
        with Painter(busy, times, template_css=css_of(busy)) as painter:
            pictures = [p.copy() for p in adding_up(painter.changes(), len(times))]
            assert painter.readback == READBACKS[1]
        assert (pictures[-1][..., 3] > 128).sum() > 500

    def test_a_readback_that_does_not_exist_is_an_error(self, busy: Scene) -> None:
        with (
            pytest.raises(RenderError),
            Painter(busy, frame_times(busy), template_css=css_of(busy), readback="mirror") as painter,
        ):
            list(painter.changes())
