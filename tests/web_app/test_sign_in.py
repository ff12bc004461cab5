"""Coming in, staying in, and leaving."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.async_api import expect

from tests.gateway.place import PASSWORD
from tests.web_app.world import Guise, World

pytestmark = pytest.mark.anyio


async def test_who_is_not_signed_in_gets_to_where_they_wanted_to_go(world: World) -> None:
    async with world.visitor(Guise(signed_in=False)) as visitor:
        page = visitor.page
        await visitor.open("/workers", "Sign in")
        await page.get_by_label("E-mail").fill(world.owner.email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("heading", name="Workers", level=1).wait_for()
        await expect(page).to_have_url(re.compile("/workers$"))


async def test_a_link_to_elsewhere_is_not_followed(world: World) -> None:
    async with world.visitor() as visitor:
        await visitor.open("/sign-in?next=//evil.example/", "Cameras")
        assert visitor.page.url.startswith(world.url)


async def test_a_wrong_password_is_told_in_the_visitors_language(world: World) -> None:
    async with world.visitor(Guise(language="ko", signed_in=False)) as visitor:
        page = visitor.page
        await visitor.open("/sign-in", "로그인")
        await page.get_by_label("이메일").fill(world.owner.email)
        await page.get_by_label("비밀번호").fill("not the password")
        await page.get_by_role("button", name="로그인").click()
        await expect(page.get_by_role("alert")).to_have_text("이메일 또는 비밀번호가 올바르지 않습니다.")


async def test_a_new_account_stays_signed_in_and_leaves(world: World) -> None:
    async with world.visitor(Guise(signed_in=False)) as visitor:
        page = visitor.page
        await visitor.open("/sign-up", "Create an account")
        await page.get_by_role("button", name="Create account").click()
        await expect(page.get_by_text("This is needed")).to_have_count(3)
        await page.get_by_label("Name").fill("Jiwoo")
        await page.get_by_label("E-mail").fill(f"{secrets.token_hex(6)}@example.com")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Create account").click()
        await page.get_by_role("heading", name="No cameras yet").wait_for()
        await page.reload()
        await page.get_by_role("heading", name="No cameras yet").wait_for()
        await page.get_by_role("button", name="Jiwoo").click()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("heading", name="Sign in").wait_for()
        await page.reload()
        await page.get_by_role("heading", name="Sign in").wait_for()


async def test_two_tabs_share_one_sign_in(world: World) -> None:
    """A refresh token works once: tabs that open at the same moment must not end each other's sign-in."""
    async with world.visitor() as visitor:
        tabs = [visitor.page, *[await visitor.page.context.new_page() for _ in range(3)]]
        for tab in tabs:
            await tab.goto("/workers", wait_until="commit")
        for tab in tabs:
            await tab.get_by_role("heading", name="Workers", level=1).wait_for()
            await tab.reload()
            await tab.get_by_role("heading", name="Workers", level=1).wait_for()


async def test_language_and_appearance_are_kept(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        await visitor.open("/workers", "Workers")
        await page.get_by_role("button", name="Somebody").click()
        await page.locator(":popover-open").get_by_text("한국어").click()
        await page.get_by_role("heading", name="작업자", level=1).wait_for()
        await page.locator(":popover-open").get_by_text("어둡게").click()
        await page.reload()
        await page.get_by_role("heading", name="작업자", level=1).wait_for()
        assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert await page.evaluate("document.documentElement.lang") == "ko"


async def test_the_keyboard_gets_past_the_navigation(world: World) -> None:
    async with world.visitor() as visitor:
        page = visitor.page
        await visitor.open("/workers", "Workers")
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to content")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
