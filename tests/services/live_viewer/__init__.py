"""A viewer of live cameras: headless Chromium with the cameras' page, looked at every second.

The latency is that of pixels: the number on the frame that is shown tells when the camera took it. So it
includes everything between the camera's clock and the screen, and believes no player.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
from playwright.async_api import Browser, Page, async_playwright

from ecg.render.browser import find_browser
from tests.services.rtsp_camera import ClipKind
from tests.services.rtsp_camera.frame_number import taken_at
from tests.services.starting import NotStarted

_HERE = Path(__file__).parent
HLS_JS = _HERE.parents[2] / "frontend/node_modules/hls.js/dist/hls.min.js"
FLAGS = (
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
LOOK_SECONDS = 1.0
BEGIN_SECONDS = 60.0


@dataclass
class Seen:
    """One video over a time of watching."""

    latencies: list[float] = field(default_factory=list)
    """Seconds, one a look."""
    stalls: int = 0
    stalled_seconds: float = 0
    waits: int = 0
    """How often the player said that it waits for data."""
    seeks: int = 0
    frames: int = 0
    dropped: int = 0

    @property
    def mean_latency(self) -> float:
        return sum(self.latencies) / len(self.latencies)

    @property
    def dropped_ratio(self) -> float:
        return self.dropped / max(1, self.frames)


@dataclass(frozen=True)
class Return:
    """Coming back to a page."""

    found: list[float | None]
    """Latency of each video as it was found, in seconds; None: nothing was to be seen."""
    seconds: float
    """Until all showed now."""


class Viewer:
    """A page with videos that can be looked at."""

    def __init__(self, page: Page, kind: ClipKind) -> None:
        self.page = page
        self._kind = kind

    async def begun(self, count: int) -> None:
        """Until so many videos play; raises TimeoutError."""
        async with asyncio.timeout(BEGIN_SECONDS):
            while sum(look["begun"] and look["number"] is not None for look in await self.look()) < count:
                await asyncio.sleep(0.2)

    async def look(self) -> list[dict[str, Any]]:
        """Each video as it is now; `latency` in seconds, None where no number can be read."""
        looks: list[dict[str, Any]] = await self.page.evaluate("window.ecgLook()")
        for look in looks:
            number, rate = look["number"], self._kind.rate
            look["latency"] = None
            if number is not None:
                taken = taken_at(number, now=look["now"], rate=rate, frames=self._kind.frames)
                look["latency"] = look["now"] - taken
        return looks

    async def watch(self, seconds: float) -> list[Seen]:
        """What each video's viewer meets in a time."""
        before = await self.look()
        seen = [Seen() for _ in before]
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await asyncio.sleep(LOOK_SECONDS)
            after = await self.look()
            for each, look in zip(seen, after, strict=True):
                if look["latency"] is not None:
                    each.latencies.append(look["latency"])
        for each, first, last in zip(seen, before, after, strict=True):
            for name in ("stalls", "stalled_seconds", "waits", "seeks", "frames", "dropped"):
                setattr(each, name, last[name] - first[name])
        return seen

    async def errors(self) -> list[str]:
        """What the minimal page's players have complained of, in hls.js' words."""
        said: list[str] = await self.page.evaluate("window.errors ?? []")
        return said

    async def away(self, seconds: float, most_latency: float) -> Return:
        """Somebody leaves the page for a time and comes back; until all is younger than `most_latency` again.

        Meanwhile the page's process stands still (SIGSTOP), as when a laptop is closed: no timer, no network,
        no picture. A tab that is only hidden goes on with some of that and has less to catch up with; and
        headless Chromium plays on whatever it is told. Raises TimeoutError when now does not come back.
        """
        await self._shown(False)
        renderers = [process for process in psutil.Process().children(recursive=True) if _renders(process)]
        assert renderers, "the page has no process of its own"
        for process in renderers:
            process.suspend()
        await asyncio.sleep(seconds)
        began = asyncio.get_running_loop().time()
        for process in renderers:
            process.resume()
        found = [look["latency"] for look in await self.look()]
        await self._shown(True)
        await self.back_at_edge(most_latency)
        return Return(found, asyncio.get_running_loop().time() - began)

    async def back_at_edge(self, most_latency: float, patience: float = 20) -> float:
        """Seconds until all videos show what is younger than `most_latency`; raises TimeoutError."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(patience):
            while True:
                looks = await self.look()
                if all(look["latency"] is not None and look["latency"] <= most_latency for look in looks):
                    return loop.time() - began
                await asyncio.sleep(0.1)

    async def _shown(self, visible: bool) -> None:
        """Headless pages are always visible; the page is told what it would be told by a window."""
        state = "visible" if visible else "hidden"
        await self.page.evaluate(
            """state => {
              Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
              Object.defineProperty(document, 'hidden', { value: state === 'hidden', configurable: true });
              document.dispatchEvent(new Event('visibilitychange'));
            }""",
            state,
        )


def _renders(process: psutil.Process) -> bool:
    try:
        return "--type=renderer" in process.cmdline()
    except psutil.Error:
        return False


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        try:
            yield chromium
        finally:
            await chromium.close()


async def minimal_page(chromium: Browser, server: str, playlists: Sequence[str], kind: ClipKind) -> Viewer:
    """A page of the server's origin that does nothing but play, with hls.js as the contract sets it."""
    if not HLS_JS.exists():
        raise NotStarted("hls.js comes with the web app's packages; to mend it: make setup")
    page = await (await chromium.new_context(viewport={"width": 1280, "height": 720})).new_page()
    await page.add_init_script(path=_HERE / "looks.js")
    await page.route("**/viewer/hls.js", lambda route: route.fulfill(path=HLS_JS))
    await page.route("**/viewer/cameras*", lambda route: route.fulfill(path=_HERE / "minimal.html"))
    query = urlencode([("playlist", url) for url in playlists])
    await page.goto(f"{server}/viewer/cameras?{query}")
    await page.unroute_all()  # what is watched goes the browser's own way
    viewer = Viewer(page, kind)
    await viewer.begun(len(playlists))
    return viewer


async def app_page(
    chromium: Browser, server: str, sign_in: dict[str, str], count: int, kind: ClipKind
) -> Viewer:
    """The web app's page of all cameras, as somebody sees it who has signed in."""
    context = await chromium.new_context(viewport={"width": 1440, "height": 900})
    answer = await context.request.post(f"{server}/api/auth/login", data=sign_in)
    assert answer.ok, f"{answer.status} {await answer.text()}"
    page = await context.new_page()
    await page.add_init_script(path=_HERE / "looks.js")
    await page.goto(f"{server}/monitoring")
    viewer = Viewer(page, kind)
    await viewer.begun(count)
    return viewer
