"""A headless Chromium driven over a pipe.

The DevTools protocol is spoken over two inherited file descriptors (`--remote-debugging-pipe`) rather than a
port: nobody else on the machine can connect, and the browser ends by itself when our end of the pipe closes,
even when this process is killed with SIGKILL. No Node process stands between (docs/decisions/0002).
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Any, Self

import psutil

from ecg.errors import MissingDependency, RenderError

CANDIDATES = (
    "chromium-headless-shell",
    "headless_shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)

_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--enable-blink-features=CanvasDrawElement",
    # Pictures must not depend on the machine they are painted on.
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--mute-audio",
    # Paint as fast as asked, also when nobody looks.
    "--disable-frame-rate-limit",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    # Fewer processes: less memory for the same pixels.
    "--in-process-gpu",
    "--no-zygote",
    "--disable-site-isolation-trials",
    "--enable-features=NetworkServiceInProcess2",
    "--disable-features=Translate,MediaRouter,OptimizationHints,IsolateOrigins,site-per-process,SpareRendererForSitePerProcess",
    # No word to the outside.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-quic",
    "--disable-extensions",
    "--disable-breakpad",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
)


_PROFILE = "ecg-browser-"
"""How the names of profile folders begin; the number of the process that made one follows."""


def _sweep_profiles() -> None:
    """Remove the profiles of programs that were killed: nobody else would."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PROFILE}*-*"):
        owner = folder.name.removeprefix(_PROFILE).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


class BrowserGone(RenderError):
    """The browser ended or stopped answering; a fresh one paints the same frames."""


def find_browser() -> Path:
    """The Chromium to use: `ECG_CHROMIUM`, else the first of `CANDIDATES` on PATH.

    Raises `MissingDependency` with the command that installs one.
    """
    chosen = os.environ.get("ECG_CHROMIUM")
    for name in (chosen,) if chosen else CANDIDATES:
        found = shutil.which(name)
        if found:
            return Path(found)
    what = f"ECG_CHROMIUM names {chosen}, which cannot be run" if chosen else "no Chromium was found"
    mac = "brew install --cask google-chrome"
    hint = mac if sys.platform == "darwin" else "apt-get install chromium-headless-shell  (or chromium)"
    raise MissingDependency(what, hint=hint)


class Browser:
    """One Chromium process and the pipe to it. Thread-safe; use as a context manager."""

    def __init__(
        self, executable: Path | None = None, *, proxy: str | None = None, gpu: bool = False
    ) -> None:
        self.executable = executable or find_browser()
        _sweep_profiles()
        self._profile = tempfile.mkdtemp(prefix=f"{_PROFILE}{os.getpid()}-")
        self._replies: dict[int, Future[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Lock()
        self._last_id = 0
        self._gone: str | None = None
        self._context: str | None = None
        self._used = False
        self._process, self._to, self._from = self._launch(proxy, gpu)
        self._reader = threading.Thread(target=self._read, name="ecg-browser-pipe", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._gone is None and self._process.poll() is None

    def _launch(self, proxy: str | None, gpu: bool) -> tuple[subprocess.Popen[bytes], int, int]:
        their_read, our_write = os.pipe()
        our_read, their_write = os.pipe()
        flags = [*_FLAGS, f"--user-data-dir={self._profile}"]
        flags += ["--enable-gpu-rasterization", "--ignore-gpu-blocklist"] if gpu else ["--disable-gpu"]
        if proxy:
            # Every request, loopback too, goes to our own server: it serves our assets and refuses the rest.
            flags += [f"--proxy-server={proxy}", "--proxy-bypass-list=<-loopback>"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium refuses its sandbox to root
        # Chromium expects the pipe at descriptors 3 and 4; the shell puts it there, then becomes Chromium.
        # By path, because dash reads only one digit of a descriptor's number.
        script = f'exec "$0" "$@" 3</dev/fd/{their_read} 4>/dev/fd/{their_write}'
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", script, str(self.executable), *flags, "about:blank"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(their_read, their_write),
                # Ctrl-C in the terminal is ours to handle. Not a session: it would not be as nice as we are
                process_group=0,
            )
        except OSError as error:
            os.close(our_read)
            os.close(our_write)
            shutil.rmtree(self._profile, ignore_errors=True)
            raise MissingDependency(f"{self.executable} cannot be started: {error}") from error
        finally:
            os.close(their_read)
            os.close(their_write)
        return process, our_write, our_read

    def _read(self) -> None:
        buffer = bytearray()
        while True:
            try:
                data = os.read(self._from, 1 << 20)
            except OSError:
                data = b""
            if not data:
                break
            buffer += data
            while (end := buffer.find(0)) >= 0:
                self._answer(json.loads(buffer[:end]))
                del buffer[: end + 1]
        self._fail_all("the browser ended")

    def _answer(self, message: dict[str, Any]) -> None:
        if message.get("method") in ("Inspector.targetCrashed", "Target.targetCrashed"):
            self._fail_all("a browser page crashed")
            return
        with self._lock:
            reply = self._replies.pop(message.get("id", 0), None)
        if reply is None:
            return
        if "error" in message:
            reply.set_exception(RenderError(f"the browser refused: {message['error'].get('message')}"))
        else:
            reply.set_result(message["result"])

    def _fail_all(self, reason: str) -> None:
        with self._lock:
            self._gone = self._gone or reason
            waiting, self._replies = self._replies, {}
        for reply in waiting.values():
            reply.set_exception(BrowserGone(reason))

    def send(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        session: str | None = None,
        timeout: float = 60,
    ) -> dict[str, Any]:
        """Call one DevTools method and wait for its answer (`timeout` in seconds).

        Raises `BrowserGone` when the browser ended or does not answer, `RenderError` when it refuses.
        """
        reply = self.submit(method, params, session=session)
        try:
            return reply.result(timeout)
        except FutureTimeout:
            raise BrowserGone(f"the browser did not answer {method} within {timeout:g} s") from None

    def submit(
        self, method: str, params: dict[str, Any] | None = None, *, session: str | None = None
    ) -> Future[dict[str, Any]]:
        """Like `send`, without waiting."""
        reply: Future[dict[str, Any]] = Future()
        with self._lock:
            if self._gone:
                raise BrowserGone(self._gone)
            self._last_id += 1
            message: dict[str, Any] = {"id": self._last_id, "method": method, "params": params or {}}
            if session:
                message["sessionId"] = session
            self._replies[self._last_id] = reply
            try:
                self._write(json.dumps(message).encode() + b"\0")
            except OSError as error:
                raise BrowserGone("the browser ended") from error
        return reply

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._to, view) :]

    def open(self, url: str) -> Page:
        """Open `url` in a tab that shares nothing with earlier ones, and wait until it is loaded."""
        target = self._new_tab() if self._used else self._only_tab()
        self._used = True
        session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = Page(self, session)
        page.send("Inspector.enable")
        # The tab itself shows nothing: a tiny view keeps Chromium from compositing the sheet a second time.
        page.send(
            "Emulation.setDeviceMetricsOverride",
            {"width": 8, "height": 8, "deviceScaleFactor": 1, "mobile": False},
        )
        page.navigate(url)
        return page

    def _only_tab(self) -> str:
        """The tab that the browser begins with: nobody has used it, and it costs nothing more."""
        targets = self.send("Target.getTargets")["targetInfos"]
        return str(next(t["targetId"] for t in targets if t["type"] == "page"))

    def _new_tab(self) -> str:
        """A tab in a context of its own: no cache, no storage, no process in common with another."""
        self._context = self.send("Target.createBrowserContext", {"disposeOnDetach": True})[
            "browserContextId"
        ]
        tab = {"url": "about:blank", "browserContextId": self._context}
        return str(self.send("Target.createTarget", tab)["targetId"])

    def forget(self) -> None:
        """Close the open tab with all that it kept; the browser stays, for the next `open`.

        Raises `BrowserGone` when the browser does not live to do it.
        """
        context, self._context = self._context, None
        if context is not None:
            self.send("Target.disposeBrowserContext", {"browserContextId": context}, timeout=5)
        elif self._used:
            self.send("Target.closeTarget", {"targetId": self._only_tab()}, timeout=5)

    def close(self) -> None:
        """End the browser and remove its profile.

        Safe to call twice, from two threads, and on a dead or frozen browser.
        """
        with self._closing:
            if self._to >= 0:
                self._end()

    def _end(self) -> None:
        with contextlib.suppress(RenderError, subprocess.TimeoutExpired):
            self.send("Browser.close", timeout=2)
            self._process.wait(timeout=3)
        # What is left does not end by itself. The whole group: a crashed browser leaves renderers, and the
        # program that was started may be a script with the browser as its child.
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._fail_all("the browser was closed")
        self._reader.join(timeout=3)
        for fd in (self._to, self._from):
            with contextlib.suppress(OSError):
                os.close(fd)
        self._to = self._from = -1
        self._remove_profile()

    def _remove_profile(self) -> None:
        """A killed process may write for a moment longer."""
        for _ in range(40):
            shutil.rmtree(self._profile, ignore_errors=True)
            if not Path(self._profile).exists():
                return
            time.sleep(0.05)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Page:
    """One tab of a `Browser`."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser = browser
        self._session = session

    def send(
        self, method: str, params: dict[str, Any] | None = None, *, timeout: float = 60
    ) -> dict[str, Any]:
        return self.browser.send(method, params, session=self._session, timeout=timeout)

    def navigate(self, url: str) -> None:
        answer = self.send("Page.navigate", {"url": url})
        if answer.get("errorText"):
            raise RenderError(f"the stage page could not be opened: {answer['errorText']}")
        loaded = (
            "new Promise(done => document.readyState === 'complete' ? done(true)"
            " : addEventListener('load', () => done(true)))"
        )
        self.evaluate(loaded)

    def submit(self, expression: str) -> Future[dict[str, Any]]:
        """Start a JavaScript expression; `value` takes the finished answer apart."""
        return self.browser.submit(
            "Runtime.evaluate",
            {"expression": expression, "awaitPromise": True, "returnByValue": True},
            session=self._session,
        )

    @staticmethod
    def value(answer: dict[str, Any]) -> Any:
        details = answer.get("exceptionDetails")
        if details:
            thrown = details.get("exception", {})
            raise RenderError(f"the stage page failed: {thrown.get('description') or details.get('text')}")
        return answer["result"].get("value")

    def evaluate(self, expression: str, *, timeout: float = 60) -> Any:
        """The value of a JavaScript expression (a promise is awaited); it must be JSON.

        Raises `RenderError` with the script's own message when it throws.
        """
        try:
            return self.value(self.submit(expression).result(timeout))
        except FutureTimeout:
            raise BrowserGone(f"the stage page did not answer within {timeout:g} s") from None

    def call(self, function: str, *arguments: object, timeout: float = 60) -> Any:
        """Call a global JavaScript function with JSON arguments."""
        return self.evaluate(invocation(function, *arguments), timeout=timeout)

    def photograph(self, width: int, height: int) -> bytes:
        """A PNG with alpha of the page's top left `width` x `height` pixels."""
        self.send("Emulation.setDefaultBackgroundColorOverride", {"color": {"r": 0, "g": 0, "b": 0, "a": 0}})
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        options = {"format": "png", "clip": clip, "captureBeyondViewport": True, "optimizeForSpeed": True}
        return base64.b64decode(self.send("Page.captureScreenshot", options)["data"])


def invocation(function: str, *arguments: object) -> str:
    """The JavaScript that calls `function` with JSON arguments."""
    return f"{function}({','.join(json.dumps(a) for a in arguments)})"
