"""What is done to cameras, recorders and servers. Each returns when all is live again by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from contextlib import ExitStack

from tests.faults.programs import Program
from tests.live_faults.subjects import Subject
from tests.services.live_installation import LiveInstallation
from tests.services.rtsp_camera import Clip

GONE_SECONDS = 5.0
"""How long a killed camera is away."""
BACK_SECONDS = 90.0
"""A camera that was away for some time is tried once a minute."""
NOT_LIVE = ("stalled", "retrying", "failed", "starting")


async def camera_frozen(installation: LiveInstallation, subject: Subject) -> None:
    """The camera stays connected and sends nothing, until somebody has noticed."""
    with subject.trouble("camera frozen"):
        subject.camera.freeze()
        await installation.user.until_state(subject.name, *NOT_LIVE, seconds=30)
        subject.camera.thaw()
        await _live_again(installation, subject)


async def camera_killed(installation: LiveInstallation, subject: Subject) -> None:
    """The camera is gone, and comes back as it was."""
    await _away(installation, subject, "camera killed", None)


async def camera_replaced(installation: LiveInstallation, subject: Subject, clip: Clip) -> None:
    """The camera is gone, and comes back with another resolution."""
    await _away(installation, subject, f"back as {clip.kind.width}x{clip.kind.height}", clip)


async def recorder_killed(installation: LiveInstallation, subject: Subject) -> None:
    """SIGKILL to the FFmpeg that records it."""
    with subject.trouble("recorder killed"):
        recorder = subject.recorder(installation)
        recorder.kill()
        await _recorded_anew(installation, subject, recorder.pid)
        await _live_again(installation, subject)


async def live_ended(
    installation: LiveInstallation, all_of: Iterable[Subject], number: signal.Signals
) -> None:
    """`ecg live` is ended with all its recorders, and started again as an init system would."""
    recorders = {subject.name: subject.recorder(installation).pid for subject in all_of}
    with ExitStack() as stack:
        for subject in all_of:
            stack.enter_context(subject.trouble(f"ecg live got {number.name}"))
        await _again(installation.live, number)
        await installation.ready()
        for subject in all_of:
            await _recorded_anew(installation, subject, recorders[subject.name])
            await _live_again(installation, subject)


async def api_killed(installation: LiveInstallation) -> None:
    """SIGKILL to the API server: viewers wait, nothing that is recorded suffers."""
    await _again(installation.api, signal.SIGKILL)
    await installation.ready()


async def _again(program: Program, number: signal.Signals) -> None:
    if number == signal.SIGKILL:
        before = program.kill()
        while program.pid == before:
            await asyncio.sleep(0.05)
    else:
        await program.stop()
        await program.start()


async def _away(installation: LiveInstallation, subject: Subject, fault: str, clip: Clip | None) -> None:
    with subject.trouble(fault):
        subject.camera.kill()
        await installation.user.until_state(subject.name, *NOT_LIVE, seconds=30)
        await asyncio.sleep(GONE_SECONDS)
        await asyncio.to_thread(subject.camera.start, clip)
        await _live_again(installation, subject)


async def _live_again(installation: LiveInstallation, subject: Subject) -> None:
    await installation.user.until_state(subject.name, "live", seconds=BACK_SECONDS)


async def _recorded_anew(installation: LiveInstallation, subject: Subject, before: int) -> None:
    """Until another FFmpeg records it; raises TimeoutError."""
    async with asyncio.timeout(BACK_SECONDS):
        while True:
            try:
                if subject.recorder(installation).pid != before:
                    return
            except LookupError:
                pass
            await asyncio.sleep(0.1)
