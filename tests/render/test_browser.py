"""The pipe to a real Chromium: calls, errors, and endings of every kind."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ecg.errors import MissingDependency, RenderError
from ecg.render.browser import Browser, BrowserGone, Page, find_browser, invocation


@pytest.fixture
def browser() -> Iterator[Browser]:
    with Browser() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.open("data:text/html,<title>here</title>")


def test_values_come_back_and_promises_are_awaited(page: Page) -> None:
    assert page.evaluate("document.title") == "here"
    assert page.evaluate("Promise.resolve([1, 'zwei', null])") == [1, "zwei", None]
    assert page.call("Math.max", 1, 7, 3) == 7
    assert page.call("((text) => text)", text := '"); alert("\\u2028</script>') == text


def test_what_a_script_throws_is_an_error_with_its_message(page: Page) -> None:
    with pytest.raises(RenderError, match="too bad"):
        page.evaluate("(() => { throw new Error('too bad') })()")
    with pytest.raises(RenderError, match="slowly bad"):
        page.evaluate("Promise.reject(new Error('slowly bad'))")
    assert page.evaluate("1 + 1") == 2


def test_what_the_browser_does_not_know_is_an_error(browser: Browser) -> None:
    with pytest.raises(RenderError, match="refused"):
        browser.send("Nonsense.method")


def test_large_messages_pass_both_ways(page: Page) -> None:
    text = "가" * 700_000
    assert page.call("((text) => text + '!')", text) == text + "!"


def test_many_threads_may_call_at_once(page: Page) -> None:
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        answers[number] = page.call("((n) => n * 2)", number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: number * 2 for number in range(16)}


def test_silence_is_noticed(page: Page) -> None:
    began = time.monotonic()
    with pytest.raises(BrowserGone, match=r"0\.3 s"):
        page.evaluate("new Promise(() => {})", timeout=0.3)
    assert time.monotonic() - began < 5


def test_a_browser_that_dies_fails_all_that_wait(browser: Browser, page: Page) -> None:
    waiting = page.submit("new Promise(() => {})")
    for child in psutil.Process(browser.pid).children(recursive=True):
        child.kill()
    psutil.Process(browser.pid).kill()
    with pytest.raises(BrowserGone):
        waiting.result(10)
    with pytest.raises(BrowserGone):
        page.evaluate("1")
    browser.close()
    browser.close()


def test_the_profile_and_the_pipe_go_with_the_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    descriptors = Path("/dev/fd")
    before = len(list(descriptors.iterdir()))
    with Browser() as running:
        running.open("about:blank")
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
    assert len(list(descriptors.iterdir())) == before


def test_high_descriptors_reach_the_browser() -> None:
    """A program with many open files hands over descriptors of two and three digits."""
    with open(os.devnull) as null:  # noqa: PTH123
        copies = [os.dup(null.fileno()) for _ in range(120)]
        try:
            with Browser() as running:
                assert running.open("about:blank").evaluate("2 + 2") == 4
        finally:
            for copy in copies:
                os.close(copy)


def test_no_browser_names_the_command_that_installs_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ECG_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependency) as error:
        find_browser()
    assert "install" in (error.value.hint or "")


@pytest.mark.parametrize("content", [None, "no program", "#!/nowhere/at/all\n"])
def test_a_chosen_browser_that_cannot_run_is_named(
    content: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = tmp_path / "my-browser"
    if content is not None:
        chosen.write_text(content)
    monkeypatch.setenv("ECG_CHROMIUM", str(chosen))
    with pytest.raises(MissingDependency, match="my-browser"):
        find_browser()


def test_invocations_are_json() -> None:
    assert invocation("f", "a'b", [1, None]) == 'f("a\'b",[1, null])'


def test_profiles_of_killed_programs_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen(["true"])
    gone.wait()
    stale, alive = (tmp_path / f"ecg-browser-{pid}-x" for pid in (gone.pid, os.getpid()))
    stale.mkdir()
    alive.mkdir()
    with Browser():
        assert not stale.exists()
        assert alive.exists()
