"""Browsers are started ahead, lent and ended."""

from __future__ import annotations

import psutil
import pytest

from ecg.render.browser import BrowserGone
from ecg.render.crew import Crew


def test_a_warmed_browser_is_the_one_that_is_lent() -> None:
    with Crew() as crew:
        crew.warm()
        browser = crew.take()
        assert crew.pids() == [browser.pid]
        assert browser.send("Browser.getVersion")["product"]


def test_a_browser_that_nobody_took_ends_with_the_crew() -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with Crew() as crew:
        crew.warm()
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert [child for child in left if child.status() != psutil.STATUS_ZOMBIE] == []


def test_a_closed_crew_lends_nothing() -> None:
    crew = Crew()
    crew.close()
    with pytest.raises(BrowserGone):
        crew.take()


def test_work_can_be_ended_without_closing() -> None:
    with Crew() as crew:
        browser = crew.take()
        crew.end_work()
        assert crew.pids() == []
        with pytest.raises(BrowserGone):
            browser.send("Browser.getVersion")
