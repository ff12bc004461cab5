"""The browsers of a job and the one server that they can reach.

A browser takes a third of a second to start. `warm` starts one while the video is still being looked at, so
that the first caption does not wait for it.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Self

from ecg.render.browser import Browser, BrowserGone, find_browser
from ecg.render.stage_server import StageServer


class Crew:
    """Starts, lends and ends browsers; thread-safe. A context manager: leaving it ends them all."""

    def __init__(self, *, gpu: bool = False, executable: Path | None = None) -> None:
        self._gpu = gpu
        self._executable = executable or find_browser()
        self._state = threading.Lock()
        self._waiting: list[Future[Browser]] = []
        self._working: set[Browser] = set()
        self._closed = False
        self.server = StageServer({})

    def warm(self) -> None:
        """Start a browser in the background, for the next `take`."""
        future: Future[Browser] = Future()
        with self._state:
            self._waiting.append(future)
        threading.Thread(target=self._launch, args=(future,), name="ecg-browser-start", daemon=True).start()

    def take(self) -> Browser:
        """A browser to work with: the one that was warmed, else a new one. Raises what `Browser` raises."""
        with self._state:
            waiting = self._waiting.pop() if self._waiting else None
        browser = waiting.result() if waiting else self._start()
        with self._state:
            if not self._closed:
                self._working.add(browser)
                return browser
        browser.close()
        raise BrowserGone("nobody needs a browser any more")

    def retire(self, browser: Browser) -> None:
        """End a browser that was taken."""
        with self._state:
            self._working.discard(browser)
        browser.close()

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

    def _start(self) -> Browser:
        return Browser(self._executable, proxy=self.server.proxy, gpu=self._gpu)

    def _launch(self, future: Future[Browser]) -> None:
        try:
            future.set_result(self._start())
        except BaseException as error:  # raised again by whoever takes the browser
            future.set_exception(error)
