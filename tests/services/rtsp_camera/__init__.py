"""A camera of one's own: real RTSP from a process that can be frozen, killed and brought back otherwise."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from ecg.processes import running
from tests.services.rtsp_camera.clip import Clip, ClipKind, make_clip
from tests.services.starting import NotStarted, free_port, says, until_ready

__all__ = ["Clip", "ClipKind", "RtspCamera", "make_clip", "rtsp_camera"]

SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's, for whose version its package python3-gi is built."""
_PROGRAM = Path(__file__).with_name("program.py")
_PATH = "/stream"


class RtspCamera:
    """A camera at an address of its own, which it keeps whatever happens to it."""

    def __init__(self, folder: Path, clip: Clip, *, user: str | None, password: str, garbage: bool) -> None:
        self.clip = clip
        self.port = free_port()
        self._folder = folder
        self._user, self._password, self._garbage = user, password, garbage
        self._life = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0

    @property
    def url(self) -> str:
        """With user and password when it has them, as people type it."""
        return self.url_as(self._user, self._password)

    def url_as(self, user: str | None, password: str) -> str:
        """The address as somebody else would ask."""
        who = f"{user}:{password}@" if user else ""
        return f"rtsp://{who}127.0.0.1:{self.port}{_PATH}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the camera is off"
        return self._process.pid

    def start(self, clip: Clip | None = None) -> None:
        """Switch it on, with another clip if one is given; returns when it answers."""
        self.clip = clip or self.clip
        self._starts += 1
        log = self._folder / f"camera-{self.port}-{self._starts}.log"
        output = self._life.enter_context(log.open("wb"))
        self._process = self._life.enter_context(running(self._command(), stdout=output, stderr=output))
        until_ready("the RTSP camera", self._process, log, lambda: says(log, "sending"))

    def freeze(self) -> None:
        """It stays connected and sends nothing any more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on with what is to be seen now."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """It is gone at once, without a goodbye."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._life.close()
            self._process = None

    def _signal(self, number: int) -> None:
        assert self._process is not None, "the camera is off"
        self._process.send_signal(number)

    def _command(self) -> list[str]:
        kind = self.clip.kind
        command = [SYSTEM_PYTHON, str(_PROGRAM), "--port", str(self.port), "--path", _PATH]
        command += ["--video", str(self.clip.video), "--codec", kind.codec, "--rate", str(kind.rate)]
        if self.clip.sound:
            command += ["--sound", str(self.clip.sound)]
        if self._user:
            command += ["--user", self._user, "--password", self._password]
        return [*command, "--garbage"] if self._garbage else command


@contextlib.contextmanager
def rtsp_camera(
    clip: Clip, *, user: str | None = None, password: str = "", garbage: bool = False
) -> Iterator[RtspCamera]:
    """A camera that sends the clip; gone afterwards.

    Raises NotStarted where GStreamer's RTSP server is not installed.
    """
    _require_gstreamer()
    with tempfile.TemporaryDirectory(prefix="ecg-test-camera-") as folder:
        camera = RtspCamera(Path(folder), clip, user=user, password=password, garbage=garbage)
        try:
            camera.start()
            yield camera
        finally:
            camera.kill()


@cache
def _require_gstreamer() -> None:
    asked = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    found = subprocess.run([SYSTEM_PYTHON, "-c", asked], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise NotStarted(
            f"GStreamer's RTSP server is not installed; to mend it: make setup\n{found.stderr[-500:]}"
        )
