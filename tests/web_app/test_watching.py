"""Live pictures and recordings as a visitor sees them, with real video in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.live.place import MINUTE
from tests.web_app.world import LIVE, Guise, Visitor, World

pytestmark = pytest.mark.anyio

PLAYING = "video[data-phase=playing]"
HIDE = """hidden => {
  for (const [name, value] of [['hidden', hidden], ['visibilityState', hidden ? 'hidden' : 'visible']])
    Object.defineProperty(document, name, { value, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
"""Headless pages are always in sight; so the page is told otherwise, as browsers do."""


async def latency_below(visitor: Visitor, seconds: float) -> None:
    told = "Number(document.querySelector('video').dataset.latency || NaN)"
    await visitor.until(f"{told} < {seconds}")


async def test_a_live_picture_plays_and_says_how_late_it_is(world: World) -> None:
    async with world.visitor() as visitor:
        await visitor.open(f"/monitoring/{LIVE}", "Front gate")
        await visitor.page.locator(PLAYING).wait_for()
        await latency_below(visitor, 10)
        await expect(visitor.page.get_by_text(re.compile(r"^\d+\.\d s behind$"))).to_be_visible()
        began = await visitor.page.eval_on_selector("video", "video => video.currentTime")
        await visitor.until(f"document.querySelector('video').currentTime > {began} + 1")


async def test_coming_back_to_the_page_shows_now(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        await visitor.open(f"/monitoring/{LIVE}", "Front gate")
        await page.locator(PLAYING).wait_for()
        await latency_below(visitor, 10)
        await page.evaluate(HIDE, True)
        # a hidden page's video may stand still, as it does on telephones
        await page.eval_on_selector("video", "video => video.pause()")
        await visitor.until("document.querySelector('video').dataset.latency > 12")
        await page.evaluate(HIDE, False)
        await latency_below(visitor, 10)
        assert not await page.eval_on_selector("video", "video => video.paused")


async def test_the_way_back_to_live_is_offered_when_the_picture_is_late(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        await visitor.open(f"/monitoring/{LIVE}", "Front gate")
        await page.locator(PLAYING).wait_for()
        await latency_below(visitor, 8)
        await page.eval_on_selector("video", "video => video.pause()")
        await page.get_by_role("button", name="Back to live").click()
        await latency_below(visitor, 8)


async def test_a_recording_plays_from_the_moment_of_an_incident(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        await visitor.open(f"/monitoring/{LIVE}", "Front gate")
        await page.get_by_role("button", name=re.compile("Critical.*Fall")).click()
        await visitor.until("document.querySelector('video[controls]')?.currentTime >= 19.9")
        await expect(page).to_have_url(re.compile("at="))
        await page.get_by_role("button", name="Back to live").click()
        await page.locator(PLAYING).wait_for()
        assert "at=" not in page.url


async def test_the_timeline_is_moved_by_keys(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        await visitor.open(f"/monitoring/{LIVE}", "Front gate")
        slider = page.get_by_role("slider", name="Position in the recordings")
        await expect(slider).to_have_attribute("aria-valuetext", "Live")
        await slider.focus()
        await page.keyboard.press("ArrowLeft")
        await expect(slider).not_to_have_attribute("aria-valuetext", "Live")


async def test_where_nothing_was_recorded_the_page_says_so(world: World) -> None:
    async with world.visitor() as visitor:
        before = world.recorded - 2 * MINUTE
        iso = await visitor.page.evaluate("moment => new Date(moment).toISOString()", before)
        await visitor.open(f"/monitoring/{LIVE}?at={iso}", "Front gate")
        await visitor.page.get_by_text(re.compile("^Nothing was recorded at")).wait_for()


async def test_a_recording_is_kept_and_downloaded(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        moment = world.recorded + MINUTE + MINUTE // 4
        iso = await page.evaluate("moment => new Date(moment).toISOString()", moment)
        await visitor.open(f"/monitoring/{LIVE}?at={iso}", "Front gate")
        await page.get_by_role("button", name="Keep this recording").click()
        await page.get_by_role("button", name="Kept").wait_for()
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download").click()
        assert (await download.value).suggested_filename.startswith("archive_")


async def test_the_grid_plays_what_is_live_and_says_what_is_not(world: World) -> None:
    async with world.visitor(Guise(language="ko")) as visitor:
        page = visitor.page
        await visitor.open("/monitoring", "카메라")
        await page.locator(PLAYING).wait_for()
        assert await page.locator("video").count() == 1
        for words in ("카메라가 꺼져 있습니다.", "카메라가 응답하지 않습니다."):
            assert await page.get_by_text(words).count() > 0
        await page.get_by_role("link", name="Front gate").click()
        await page.get_by_role("heading", name="Front gate", level=1).wait_for()
