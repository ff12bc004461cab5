"""Browsers are started ahead, lent and ended."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from ecg.render.browser import Browser, BrowserGone
from ecg.render.crew import RETIREMENT, Crew

STORE = "(document.cookie = 'job=1', localStorage.setItem('job', '1'), localStorage.getItem('job'))"


def open_stage(crew: Crew, browser: Browser, scene: bytes) -> str:
    """What the page that is opened gets as its scene."""
    crew.server.begin({"/stage.html": b"<!doctype html>", "/scene.json": scene})
    page = browser.open(crew.server.url("/stage.html"))
    assert page.evaluate("localStorage.getItem('job')") is None
    assert page.evaluate(STORE) == "1"
    return str(page.evaluate("fetch('/scene.json').then(answer => answer.text())"))


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


class TestACrewThatLasts:
    def test_lends_the_same_browser_again_with_nothing_in_it(self) -> None:
        with Crew(lasts=True) as crew:
            seen, pids = [], set()
            for scene in (b"one", b"two", b"three"):
                browser = crew.take()
                pids.add(browser.pid)
                seen.append(open_stage(crew, browser, scene))
                crew.give_back(browser)
            assert seen == ["one", "two", "three"]
            assert len(pids) == 1

    def test_refuses_the_network_in_every_tab(self) -> None:
        with Crew(lasts=True) as crew:
            for _ in range(2):
                browser = crew.take()
                open_stage(crew, browser, b"")
                crew.give_back(browser)
            browser = crew.take()
            crew.server.begin({"/stage.html": b"<!doctype html>"})
            page = browser.open(crew.server.url("/stage.html"))
            page.navigate("http://127.0.0.1:59999/")
            assert crew.server.refused == ["GET http://127.0.0.1:59999/"]

    def test_replaces_a_browser_that_died_while_it_rested(self) -> None:
        with Crew(lasts=True) as crew:
            browser = crew.take()
            crew.give_back(browser)
            os.killpg(browser.pid, signal.SIGKILL)
            psutil.Process(browser.pid).wait(5)
            fresh = crew.take()
            assert fresh is not browser
            assert fresh.send("Browser.getVersion")["product"]

    def test_dismisses_those_that_rest(self) -> None:
        with Crew(lasts=True) as crew:
            browser = crew.take()
            crew.give_back(browser)
            crew.dismiss()
            assert not browser.alive

    def test_replaces_a_browser_that_has_seen_many_jobs(self) -> None:
        with Crew(lasts=True) as crew:
            browser = crew.take()
            crew._jobs_done[browser] = RETIREMENT - 1
            crew.give_back(browser)
            assert not browser.alive

    def test_a_crew_of_one_job_keeps_nobody(self) -> None:
        with Crew() as crew:
            browser = crew.take()
            crew.give_back(browser)
            assert not browser.alive
