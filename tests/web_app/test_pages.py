"""Every page in both languages, by day, by night and on a telephone: it shows, it complains of nothing, and
axe finds no fault that keeps anybody out. Pictures of all lie in `out/web_app` afterwards, to be looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.web_app.pages import PAGES, AppPage
from tests.web_app.world import LIVE, Guise, Language, Visitor, World

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "out" / "web_app"
SERIOUS = ("serious", "critical")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

by_name = pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)


async def faults(page: Page) -> list[tuple[str, str, list[str]]]:
    """What axe finds that is serious: rule, impact, and where."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = await page.evaluate("rules => axe.run(document, rules)", RULES)
    return [
        (fault["id"], fault["impact"], [node["html"][:160] for node in fault["nodes"]])
        for fault in found["violations"]
        if fault["impact"] in SERIOUS
    ]


async def looked_at(visitor: Visitor, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await visitor.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


async def settled(visitor: Visitor, shown: AppPage) -> None:
    if shown.path == f"/monitoring/{LIVE}":
        await visitor.page.locator("video[data-phase=playing]").wait_for()
    if "RECORDED" in shown.path:
        await visitor.until("document.querySelector('video')?.readyState >= 2")


@pytest.mark.parametrize("language", ["en", "ko"])
@by_name
async def test_each_page_in_each_language(world: World, shown: AppPage, language: Language) -> None:
    async with world.regular(Guise(language=language, signed_in=shown.signed_in)) as visitor:
        await visitor.open(shown.address(world), shown.heading(language))
        await settled(visitor, shown)
        assert await visitor.page.evaluate("document.documentElement.lang") == language
        assert await visitor.page.title() != "ECG"
        await looked_at(visitor, f"{shown.name}-{language}")
        assert await faults(visitor.page) == []
        assert visitor.complaints == []


@by_name
async def test_each_page_by_night_on_a_telephone(world: World, shown: AppPage) -> None:
    async with world.regular(
        Guise(language="ko", dark=True, narrow=True, signed_in=shown.signed_in)
    ) as visitor:
        await visitor.open(shown.address(world), shown.ko)
        await settled(visitor, shown)
        await looked_at(visitor, f"{shown.name}-ko-dark-narrow")
        assert await faults(visitor.page) == []
        width = await visitor.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, "the page scrolls sideways"
