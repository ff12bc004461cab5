"""Cameras are tested, added, changed and removed, and alerts set, through the pages."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.async_api import expect

from tests.services.starting import free_port
from tests.web_app.world import LIVE, PATIENCE_MS, Guise, World

pytestmark = pytest.mark.anyio


def clip(world: World) -> str:
    return f"file://{world.place.settings.camera_files}/clip.mp4"


async def test_a_camera_is_tested_added_changed_and_removed(world: World) -> None:
    async with world.visitor() as visitor:
        page, name = visitor.page, f"Gate {secrets.token_hex(3)}"
        await visitor.open("/add-camera", "Add a camera")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("Address").fill(clip(world))
        await page.get_by_role("button", name="Test camera").click()
        await page.get_by_role("img", name="Still picture of the camera").wait_for()
        await expect(page.get_by_text("320×180")).to_be_visible()
        await expect(page.get_by_text("Browsers play it as it is")).to_be_visible()
        await page.get_by_label("Switched on").uncheck()
        await page.get_by_role("button", name="Add camera").click()
        await page.get_by_role("heading", name=name, level=1).wait_for()
        await page.get_by_role("link", name="Settings").click()
        await page.get_by_label("Name").fill(f"{name} B")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("heading", name=f"{name} B", level=1).wait_for()
        await page.get_by_role("link", name="Settings").click()
        await page.get_by_role("button", name="Remove camera").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
        await page.get_by_role("heading", name="Cameras", level=1).wait_for()
        await expect(page.get_by_role("link", name=f"{name} B")).to_have_count(0)
        assert visitor.complaints == []


async def test_wrong_values_are_told_before_anything_is_sent(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        await visitor.open("/add-camera", "Add a camera")
        await page.get_by_label("Address").fill("ftp://camera/")
        await page.get_by_label("Keep for (days)").fill("0")
        await page.get_by_role("button", name="Add camera").click()
        await expect(page.get_by_text(re.compile("^Begin with rtsp://"))).to_be_visible()
        await expect(page.get_by_text("Between 1 and 3,650")).to_be_visible()
        await expect(page.get_by_label("Name")).to_be_focused()


async def test_a_camera_that_does_not_answer_is_told(world: World) -> None:
    async with world.visitor(Guise(language="ko")) as visitor:
        page = visitor.page
        await visitor.open("/add-camera", "카메라 추가")
        await page.get_by_label("주소").fill(f"rtsp://127.0.0.1:{free_port()}/nothing")
        await page.get_by_role("button", name="카메라 시험").click()
        await expect(page.get_by_role("alert")).to_have_text(
            "카메라가 응답하지 않습니다.", timeout=PATIENCE_MS
        )


async def test_the_password_of_a_saved_camera_is_not_on_its_page(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        secret = secrets.token_hex(8)
        body = {"name": "Secret", "url": f"rtsp://me:{secret}@127.0.0.1:9/s", "enabled": False}
        made = await world.place.made("/api/live-monitoring/cameras", world.owner, body)
        await visitor.open(f"/monitoring/{made['id']}/settings", "Settings of Secret")
        assert secret not in await page.get_by_label("Address").input_value()
        await page.get_by_label("Name").fill("Secret 2")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("heading", name="Secret 2", level=1).wait_for()
        await world.place.call("DELETE", f"/api/live-monitoring/cameras/{made['id']}", world.owner)


async def test_alerts_get_a_channel(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        await visitor.open("/alerts/settings", "Alert settings")
        await page.get_by_role("button", name="Add channel").click()
        await page.get_by_label("Address").fill("ops@example.com")
        await page.get_by_label("Free space below (percent)").fill("12")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_text("Saved.").wait_for()
        await page.reload()
        await expect(page.get_by_label("Address")).to_have_value("ops@example.com")
        await expect(page.get_by_label("Free space below (percent)")).to_have_value("12")


async def test_a_failed_analysis_is_asked_for_again(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        await visitor.open("/analyses", "Analyses")
        await page.get_by_text("Failed", exact=True).first.click()
        rows = page.get_by_role("row")
        await expect(rows.filter(has_text="analysis-1")).to_have_count(1)
        await page.get_by_role("button", name="Analyse again").click()
        await page.get_by_text("All", exact=True).click()
        await expect(rows.filter(has_text="Front gate")).not_to_have_count(5)


async def test_an_unknown_camera_is_told(world: World) -> None:
    async with world.visitor() as visitor:
        await visitor.page.goto("/monitoring/no-such-camera")
        await expect(visitor.page.get_by_role("alert")).to_contain_text("It is not there")
        assert LIVE not in visitor.page.url
