"""The browsers that paint, and the one server that they can reach.

A browser takes a third of a second to start. `warm` starts one while the video is still being looked at, so
that the first caption does not wait for it. A crew that `lasts` keeps its browsers from job to job: each job
gets tabs that share nothing with those before. A crew serves one job at a time.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from typing import Self

from ecg.errors import RenderError
from ecg.render.browser import Browser, BrowserGone, find_browser
from ecg.render.stage_server import StageServer

RETIREMENT = 50
"""Jobs after which a browser is replaced: Chromium grows with every page that it has seen."""


class Crew:
    """Starts, lends and ends browsers; thread-safe. A context manager: leaving it ends them all."""

    def __init__(self, *, gpu: bool = False, executable: Path | None = None, lasts: bool = False) -> None:
        self._gpu = gpu
        self._lasts = lasts
        self._executable = executable or find_browser()
        self._state = threading.Lock()
        self._waiting: list[Future[Browser]] = []
        self._resting: list[Browser] = []
        self._working: set[Browser] = set()
        self._jobs_done: Counter[Browser] = Counter()
        self._closed = False
        self.server = StageServer({})

    def warm(self) -> None:
        """Start a browser in the background, for the next `take`, unless one is there."""
        future: Future[Browser] = Future()
        with self._state:
            if self._waiting or any(browser.alive for browser in self._resting):
                return
            self._waiting.append(future)
        threading.Thread(target=self._launch, args=(future,), name="ecg-browser-start", daemon=True).start()

    def take(self) -> Browser:
        """A browser to work with: a rested or a warmed one, else a new one. Raises what `Browser` raises."""
        browser = self._rested() or self._warmed() or self._start()
        with self._state:
            if not self._closed:
                self._working.add(browser)
                return browser
        browser.close()
        raise BrowserGone("nobody needs a browser any more")

    def give_back(self, browser: Browser) -> None:
        """A browser that has done its work well: it rests until the next job, where the crew lasts."""
        self._jobs_done[browser] += 1
        if self._lasts and self._jobs_done[browser] < RETIREMENT:
            with contextlib.suppress(RenderError):
                browser.forget()
                with self._state:
                    if browser in self._working and not self._closed:
                        self._working.discard(browser)
                        self._resting.append(browser)
                        return
        self.retire(browser)

    def retire(self, browser: Browser) -> None:
        """End a browser that was taken."""
        with self._state:
            self._working.discard(browser)
        self._jobs_done.pop(browser, None)
        browser.close()

    def dismiss(self) -> None:
        """End the browsers that rest: somebody else needs their memory."""
        with self._state:
            resting, self._resting = self._resting, []
        for browser in resting:
            self.retire(browser)

    def pids(self) -> list[int]:
        with self._state:
            return [browser.pid for browser in self._working]

    def end_work(self) -> None:
        """End the browsers at work, whatever they do: whoever waits for one is told that it is gone."""
        with self._state:
            working = list(self._working)
        for browser in working:
            self.retire(browser)

    def close(self) -> None:
        """End everything; a browser that is just starting is ended as soon as it is there."""
        with self._state:
            self._closed = True
        self.end_work()
        self.dismiss()
        with self._state:
            waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.exception():
                future.result().close()
        self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _rested(self) -> Browser | None:
        while True:
            with self._state:
                browser = self._resting.pop() if self._resting else None
            if browser is None or browser.alive:
                return browser
            self.retire(browser)

    def _warmed(self) -> Browser | None:
        with self._state:
            waiting = self._waiting.pop() if self._waiting else None
        return waiting.result() if waiting else None

    def _start(self) -> Browser:
        return Browser(self._executable, proxy=self.server.proxy, gpu=self._gpu)

    def _launch(self, future: Future[Browser]) -> None:
        try:
            future.set_result(self._start())
        except BaseException as error:  # raised again by whoever takes the browser
            future.set_exception(error)
