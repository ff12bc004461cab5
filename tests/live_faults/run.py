"""Scenes of the fault run: an installation, cameras that are watched, faults, and what is left at the end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.checks import Checked
from tests.live_faults import faults
from tests.live_faults.checks import QUIET, Bars, check_subject
from tests.live_faults.playlist_rules import PlaylistRules
from tests.live_faults.recorded import Recorded, recorded
from tests.live_faults.subjects import Subject, subjects
from tests.live_faults.watcher import Watcher
from tests.services.live_installation import LiveInstallation, live_installation
from tests.services.live_viewer import Viewer, browser, minimal_page
from tests.services.rtsp_camera import ClipKind, make_clip

KIND = ClipKind(seconds=120, width=480, height=270)
OTHER_KIND = ClipKind(seconds=120, width=320, height=180)
ARCHIVE_SECONDS = 10
WARM_SECONDS = 25.0
"""A session that has lasted for so long is begun anew at once when it ends."""
CALM_SECONDS = 12.0
"""Between faults: at least one recording is closed."""
AT_EDGE_SECONDS = 6.0
EDGE_PATIENCE = 60.0


@dataclass(frozen=True)
class Pace:
    """How long cameras are left alone before the first fault and after the last."""

    warm_seconds: float = WARM_SECONDS
    calm_seconds: float = CALM_SECONDS


UNHURRIED = Pace()
Say = Callable[[str], None]
Check = Callable[[Subject, Recorded], list[Checked]]


@dataclass
class Scene:
    """What is at hand while the faults happen, and what was found."""

    installation: LiveInstallation
    subjects: dict[str, Subject]
    viewer: Viewer
    say: Say
    check: Check
    left: dict[str, Recorded] = field(default_factory=dict)
    checks: list[Checked] = field(default_factory=list)

    @property
    def all(self) -> list[Subject]:
        return list(self.subjects.values())

    async def viewer_is_live(self, after: str) -> None:
        """The browser shows all cameras at the live edge again, whatever happened."""
        try:
            seconds = await self.viewer.back_at_edge(AT_EDGE_SECONDS, EDGE_PATIENCE)
        except TimeoutError:
            looks = [(look["latency"], look["height"]) for look in await self.viewer.look()]
            self.checks.append(Checked(f"the browser after: {after}", [f"it does not show now: {looks}"]))
        else:
            self.say(f"  {after}: the browser shows now again, {seconds:.1f} s later")


@asynccontextmanager
async def scene(
    folder: Path,
    names: tuple[str, ...],
    say: Say,
    *,
    kind: ClipKind = KIND,
    check: Check = check_subject,
    rules: Callable[[], PlaylistRules] = PlaylistRules,
    pace: Pace = UNHURRIED,
    settings: Mapping[str, str] | None = None,
    data: Path | None = None,
    live_environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Scene]:
    """Cameras that are live, watched by a watcher each and by a browser; after the block all is checked."""
    async with AsyncExitStack() as stack:
        cameras = stack.enter_context(subjects(make_clip(kind, folder), *names))
        installation = await stack.enter_async_context(
            live_installation(folder, settings=settings, data=data, live_environment=live_environment)
        )
        user = installation.user
        for subject in cameras.values():
            await user.add_camera(
                subject.name, subject.camera.url, archive_seconds=ARCHIVE_SECONDS, analysis={"enabled": False}
            )
        links = {}
        for name, subject in cameras.items():
            await user.until_state(name, "live")
            links[name] = await user.playlist(name)
            subject.watcher = stack.enter_context(Watcher(name, links[name], rules()))
        chromium = await stack.enter_async_context(browser())
        viewer = await minimal_page(chromium, installation.url, list(links.values()), kind)
        found = Scene(installation, cameras, viewer, say, check)
        await asyncio.sleep(pace.warm_seconds)
        yield found
        await asyncio.sleep(pace.calm_seconds)
        await _ended(found, folder)


async def _ended(found: Scene, folder: Path) -> None:
    broken = [error for error in await found.viewer.errors() if not error.endswith(_AWAY)]
    found.checks.append(Checked("the browser could decode everything", broken))
    for subject in found.all:
        found.left[subject.name] = await recorded(
            found.installation, subject.name, subject.camera.clip.kind, folder
        )
        assert subject.watcher is not None
        subject.watcher.end()
        found.checks += found.check(subject, found.left[subject.name])
    odd = await found.installation.end()
    found.checks.append(Checked("nothing ended but what was killed", odd))


_AWAY = ("LoadError", "LoadTimeOut", "bufferStalledError", "bufferNudgeOnStall", "bufferSeekOverHole")
"""What hls.js says of a server or a camera that is away; the rest is about what it was given."""


async def cameras_and_servers(folder: Path, say: Say) -> Scene:
    """Five cameras: one is left alone, the others are broken at once; then the servers are."""
    names = ("healthy", "frozen", "killed", "replaced", "unrecorded")
    async with scene(folder, names, say) as found:
        installation, cameras = found.installation, found.subjects
        other = make_clip(OTHER_KIND, folder)
        async with asyncio.TaskGroup() as group:
            group.create_task(faults.camera_frozen(installation, cameras["frozen"]))
            group.create_task(faults.camera_killed(installation, cameras["killed"]))
            group.create_task(faults.camera_replaced(installation, cameras["replaced"], other))
            group.create_task(faults.recorder_killed(installation, cameras["unrecorded"]))
        await found.viewer_is_live("cameras and a recorder failed")
        await asyncio.sleep(WARM_SECONDS)
        await faults.api_killed(installation)
        await found.viewer_is_live("the API server was killed")
        for number in (signal.SIGKILL, signal.SIGTERM):
            await faults.live_ended(installation, found.all, number)
            await found.viewer_is_live(f"ecg live got {number.name}")
            await asyncio.sleep(WARM_SECONDS)
    return found


async def recorder_and_camera(
    folder: Path,
    say: Say,
    bars: Bars = QUIET,
    pace: Pace = UNHURRIED,
) -> Scene:
    """The smallest scene: one camera loses its recorder, the other comes back with another resolution."""
    async with scene(
        folder,
        ("unrecorded", "replaced"),
        say,
        check=lambda subject, left: check_subject(subject, left, bars),
        rules=lambda: PlaylistRules(bars.clock_seconds),
        pace=pace,
    ) as found:
        other = make_clip(OTHER_KIND, folder)
        async with asyncio.TaskGroup() as group:
            cameras = found.subjects
            group.create_task(faults.recorder_killed(found.installation, cameras["unrecorded"]))
            group.create_task(faults.camera_replaced(found.installation, cameras["replaced"], other))
        await found.viewer_is_live("a camera and a recorder failed")
    return found
