"""A camera of the fault run: what it sends, who watches it, and what was done to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psutil

from tests.live_faults.archive_frames import Stretch
from tests.live_faults.watcher import Watcher
from tests.services.live_installation import LiveInstallation
from tests.services.rtsp_camera import Clip, RtspCamera, rtsp_camera


@dataclass(frozen=True)
class Trouble:
    """Something that was done, and how long it took until the camera was live again."""

    fault: str
    span: Stretch


@dataclass
class Subject:
    name: str
    camera: RtspCamera
    troubles: list[Trouble] = field(default_factory=list)
    watcher: Watcher | None = None

    @contextmanager
    def trouble(self, fault: str) -> Iterator[None]:
        """Notes the time that the block takes: from the fault until the camera is live again."""
        began = time.time()
        yield
        self.troubles.append(Trouble(fault, Stretch(began, time.time())))

    def recorder(self, installation: LiveInstallation) -> psutil.Process:
        """The FFmpeg that records it now. Raises LookupError when there is none."""
        place = f"/{self.name}/"
        for process in psutil.Process(installation.live.pid).children(recursive=True):
            try:
                if "ffmpeg" in process.name() and place in " ".join(process.cmdline()):
                    return process
            except psutil.Error:
                continue
        raise LookupError(f"nobody records {self.name}")


@contextmanager
def subjects(clip: Clip, *names: str) -> Iterator[dict[str, Subject]]:
    """Cameras that send the clip, by name."""
    with ExitStack() as stack:
        yield {name: Subject(name, stack.enter_context(rtsp_camera(clip))) for name in names}
