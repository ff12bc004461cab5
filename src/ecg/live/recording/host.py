"""A recording host: the cameras that this process holds, and what it does for all of them.

    keep        claims cameras that are wanted, renews its lease on them, starts and stops recorders
    write       puts what recorders know into the cameras' rows
    close       makes archives of closed files, and registers their analysis

The database may be away for hours: recording goes on, and what was closed meanwhile is registered afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import shutil
import socket
import time
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ecg.database import Record
from ecg.errors import EcgError
from ecg.jobs.live.state import wake_channel
from ecg.jobs.spine import Spine
from ecg.live.analysis.registering import register_quick_look
from ecg.live.archives import open_files
from ecg.live.cameras import repository
from ecg.live.cameras.sealing import Seal
from ecg.live.cameras.service import analysis_of
from ecg.live.cameras.source import parse_source
from ecg.live.places import live_root
from ecg.live.recording.closing import Closer
from ecg.live.recording.kept_camera import KeptCamera
from ecg.live.recording.ownership import AliveLock
from ecg.live.recording.telling import Ledger
from ecg.live.waking import QUEUE

log = structlog.get_logger(__name__)

LEASE_SECONDS = 15.0
KEEP_SECONDS = 2.0
"""Between looks at the cameras when nobody wakes."""
WRITE_SECONDS = 2.0
"""Between writes of what changes with each segment; a new state is written at once."""
CLOSE_SECONDS = 5.0
CLAIM_AT_ONCE = 20
END_SECONDS = 10.0


class Host:
    """`run` until cancelled; then every recorder ends in order, and its last recording is registered."""

    def __init__(
        self,
        spine: Spine,
        *,
        name: str | None = None,
        proxy: str | None = None,
        observe: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.boot_id = secrets.token_hex(16)
        self.name = name or spine.settings.worker_id or socket.gethostname()
        self._settings = spine.settings
        self._database = spine.database
        self._live = spine.live
        self._jobs = spine.jobs
        self._proxy = proxy
        self._seal = Seal(spine.settings.secret("url_signing"))
        self._lock = AliveLock(live_root(spine.settings) / ".hosts", self.boot_id)
        self.closer = Closer(spine.database, spine.jobs, self.name, observe=observe)
        self.ledger = Ledger(spine.database)
        self.cameras: dict[int, KeptCamera] = {}
        self._woken = asyncio.Event()
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()

    async def run(self) -> None:
        await asyncio.to_thread(self._lock.hold)
        ledger = asyncio.create_task(self.ledger.run())
        loops = [
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._again(self._keep, self._woken, KEEP_SECONDS)),
            asyncio.create_task(self._again(self._write, self._changed, WRITE_SECONDS)),
            asyncio.create_task(self._again(self._close, self._closed, CLOSE_SECONDS)),
        ]
        try:
            await asyncio.gather(*loops)
        finally:
            for task in loops:
                task.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await self._leave()
            ledger.cancel()
            await asyncio.gather(ledger, return_exceptions=True)
            await asyncio.to_thread(self._lock.drop)

    def sessions(self) -> set[str]:
        """Names of all sessions that write files now."""
        return {name for kept in self.cameras.values() for name in kept.recorder.sessions}

    async def _listen(self) -> None:
        async for _ in self._live.listen([wake_channel(QUEUE)]):
            self._woken.set()

    async def _again(self, work: Callable[[], Awaitable[None]], event: asyncio.Event, seconds: float) -> None:
        while True:
            event.clear()
            try:
                await work()
            except (SQLAlchemyError, OSError, EcgError) as error:
                log.warning("a recording host's work failed; it is done again", error=str(error))
                await asyncio.sleep(1)
            except Exception:  # whatever it is, the cameras go on
                log.exception("a recording host's work failed; it is done again")
                await asyncio.sleep(5)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds * random.uniform(0.8, 1.0)):  # noqa: S311
                    await event.wait()

    async def _keep(self) -> None:
        """Hold what is wanted, and nothing else."""
        lease = round(LEASE_SECONDS * 1000)
        async with self._database.write() as connection:
            held = {row.serial: row for row in await repository.renew(connection, self.boot_id, lease)}
        ending = []
        for serial, kept in self.cameras.items():
            row = held.get(serial)
            if row is None or not row.wanted or kept.needs_another(row):
                ending.append(self._give_up(serial, row))
            else:
                kept.row = row
        await asyncio.gather(*ending)
        for row in held.values():
            if row.wanted and row.serial not in self.cameras:
                self._take(row)
            elif row.wanted:
                await self._look_now_and_then(row)
            elif not row.wanted:
                await self._let_go(row)
        await self._claim(lease)

    async def _claim(self, lease: int) -> None:
        async with self._database.read() as connection:
            free = await repository.claimable(connection, CLAIM_AT_ONCE)
            beside = await repository.held_beside(connection, self.boot_id)
        holders = {row.boot_id for row in beside}
        dead = {boot for boot in holders if await asyncio.to_thread(self._lock.is_dead, boot)}
        orphans = [row for row in beside if row.boot_id in dead]
        for row, held in [*((row, False) for row in free), *((row, True) for row in orphans)]:
            if row.serial in self.cameras:
                continue  # our own lease, which a clock that was set has ended: it is renewed next
            async with self._database.write() as connection:
                taken = await repository.claim(
                    connection, row, boot_id=self.boot_id, host=self.name, lease_ms=lease, held=held
                )
            if taken:
                self._take(row)
        if len(free) == CLAIM_AT_ONCE:
            self._woken.set()

    def _take(self, row: Record) -> None:
        try:
            source = parse_source(self._seal.open(row.sealed_url))
        except EcgError as error:
            log.error("a camera's address cannot be used", camera_id=row.camera_id, error=str(error))
            told = {"state": "failed", "error_code": error.code, "error_message": error.message}
            self.ledger.add(lambda one: repository.tell(one, row.serial, self.boot_id, **told))
            return
        kept = KeptCamera(
            row,
            source,
            self._settings,
            self.ledger,
            on_change=self._changed.set,
            on_closed=self._closed.set,
            proxy=self._proxy,
        )
        self.cameras[row.serial] = kept
        kept.start()
        self._changed.set()
        log.info("a camera is recorded here", camera_id=row.camera_id, address=row.shown_url)

    async def _look_now_and_then(self, row: Record) -> None:
        """Have workers look at snapshots, once for each claim and each change of the camera."""
        asked = (self.boot_id, row.revision)
        if self.cameras[row.serial].looks_asked == asked:
            return
        wishes = analysis_of(row)
        if wishes["enabled"] and wishes["quick_look_seconds"]:
            await register_quick_look(self._jobs, row)
        self.cameras[row.serial].looks_asked = asked

    async def _give_up(self, serial: int, row: Record | None) -> None:
        """Stop a recorder: its camera is not wanted, is another one, was removed, or is somebody else's."""
        kept = self.cameras.pop(serial)
        changed = row is not None and row.wanted
        await kept.stop(pause=not changed)
        await self._close_files(kept)
        if row is None:
            await self._forget(kept)
        log.info("a camera is recorded here no longer", camera_id=kept.row.camera_id, changed=changed)

    async def _forget(self, kept: KeptCamera) -> None:
        """Remove the live files of a camera that is gone; its recordings go with their rows."""
        async with self._database.read() as connection:
            there = await repository.find(connection, kept.row.tenant_id, kept.row.camera_id)
        if there is None:
            await asyncio.to_thread(shutil.rmtree, kept.places.hls, ignore_errors=True)

    async def _let_go(self, row: Record) -> None:
        async with self._database.write() as connection:
            await repository.let_go(
                connection, row.serial, self.boot_id, state="off", state_since=_now(), last_segment_at=None
            )

    async def _write(self) -> None:
        """Put what changed into the rows."""
        due = [
            (kept, values)
            for kept in self.cameras.values()
            if (values := kept.state.values()) != kept.written
        ]
        if not due:
            return
        async with self._database.write() as connection:
            for kept, values in due:
                await repository.tell(connection, kept.row.serial, self.boot_id, **values)
        for kept, values in due:
            kept.written = values

    async def _close(self) -> None:
        """Make archives of what is closed."""
        for kept in list(self.cameras.values()):
            await self._close_files(kept)
        await self.closer.register_missing()

    async def _close_files(self, kept: KeptCamera) -> None:
        active = self.sessions()
        found = await asyncio.to_thread(lambda: list(open_files.closed_files(kept.places.open, active)))
        for file, note in found:
            try:
                await self.closer.close(kept.recording, file, note)
            except EcgError as error:
                log.warning("a recording cannot be registered yet", file=file.name, error=str(error))

    async def _leave(self) -> None:
        """End everything in order; another process may take the cameras at once."""
        kept = list(self.cameras.values())
        await asyncio.gather(*(one.stop(pause=False) for one in kept))
        self.cameras.clear()
        with contextlib.suppress(SQLAlchemyError, OSError, EcgError):
            for one in kept:
                await self._close_files(one)
            await self.ledger.empty(END_SECONDS / 4)
            async with self._database.write() as connection:
                for one in kept:
                    await repository.let_go(
                        connection, one.row.serial, self.boot_id, state="starting", state_since=_now()
                    )


def _now() -> int:
    return time.time_ns() // 1_000_000
