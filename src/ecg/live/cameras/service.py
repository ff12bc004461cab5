"""What an organisation does with its cameras. Whoever belongs to it sees and changes all of them."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record
from ecg.errors import Conflict, NotFound
from ecg.live.cameras import repository
from ecg.live.cameras.schemas import CameraChange, NewCamera
from ecg.live.cameras.sealing import Seal
from ecg.live.cameras.source import Source, parse_source
from ecg.live.events.repository import forget_camera
from ecg.settings import Settings
from ecg.store import ObjectStore


class TooManyCameras(Conflict):
    code = "CAMERA_LIMIT_REACHED"


class CameraDisabled(Conflict):
    code = "CAMERA_DISABLED"


class Waking(Protocol):
    async def wake(self) -> None:
        """Tell the recording hosts to look at their cameras; never raises, for they look by themselves."""


Forget = Callable[[AsyncConnection, str, str], Awaitable[None]]
"""Removes what a room keeps of a camera (tenant, id) that is removed, within the same transaction."""


class Cameras:
    """Cameras on one database. Every call is within a tenant."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        waking: Waking,
        store: ObjectStore,
        forgetting: Sequence[Forget] = (),
    ) -> None:
        self.database = database
        self._store = store
        self._settings = settings
        self._waking = waking
        self._forgetting = forgetting
        self._seal = Seal(settings.secret("url_signing"))

    async def create(self, tenant_id: str, new: NewCamera, *, repeated_id: str | None = None) -> Record:
        """Add a camera; answers it. `repeated_id` is the id of a request that may be a repetition.

        Raises BadCameraUrl, TooManyCameras, and Conflict for an id that is taken.
        """
        source = parse_source(new.url)
        camera_id = new.id or repeated_id or secrets.token_hex(8)
        try:
            async with self.database.write() as connection:
                if await repository.count(connection, tenant_id) >= self._settings.max_cameras:
                    raise TooManyCameras(f"there are {self._settings.max_cameras} cameras; that is the limit")
                await repository.add(
                    connection,
                    tenant_id=tenant_id,
                    camera_id=camera_id,
                    name=new.name,
                    transport=new.transport,
                    enabled=new.enabled,
                    wanted=new.enabled,
                    archive_seconds=new.archive_seconds,
                    keep_days=new.keep_days,
                    analysis=new.analysis.model_dump_json(),
                    created_at=await repository.moment_now(connection),
                    **self._address(source),
                )
        except IntegrityError:
            if new.id is not None or repeated_id is None:
                raise Conflict(f"there is a camera {camera_id!r} already", where="/id") from None
        await self._waking.wake()
        return await self.get(tenant_id, camera_id)

    async def get(self, tenant_id: str, camera_id: str) -> Record:
        """Raises NotFound."""
        async with self.database.read() as connection:
            row = await repository.find(connection, tenant_id, camera_id)
        if row is None:
            raise NotFound(f"there is no camera {camera_id!r}", where="camera_id")
        return row

    async def list(self, tenant_id: str) -> list[Record]:
        async with self.database.read() as connection:
            return list(await repository.listing(connection, tenant_id))

    async def change(self, tenant_id: str, camera_id: str, change: CameraChange) -> Record:
        """Raises NotFound and BadCameraUrl."""
        before = await self.get(tenant_id, camera_id)
        values: dict[str, Any] = change.model_dump(exclude_none=True, exclude={"url", "analysis"})
        if change.url is not None and change.url != before.shown_url:
            values |= {**self._address(parse_source(change.url)), "found": None}
        if change.analysis is not None:
            values["analysis"] = change.analysis.model_dump_json()
        async with self.database.write() as connection:
            await repository.change(connection, tenant_id, camera_id, **values)
            if change.enabled is not None:
                wanted = change.enabled and (before.wanted or not before.enabled)
                await repository.set_wanted(connection, tenant_id, camera_id, wanted)
        await self._waking.wake()
        return await self.get(tenant_id, camera_id)

    async def start(self, tenant_id: str, camera_id: str) -> Record:
        """Have it recorded and shown. Raises NotFound and CameraDisabled."""
        row = await self.get(tenant_id, camera_id)
        if not row.enabled:
            raise CameraDisabled(f"the camera {camera_id!r} is switched off", hint="set enabled to true")
        return await self._want(row, True)

    async def stop(self, tenant_id: str, camera_id: str) -> Record:
        """Record and show it no longer, until it is started. Raises NotFound."""
        return await self._want(await self.get(tenant_id, camera_id), False)

    async def remove(self, tenant_id: str, camera_id: str) -> None:
        """Forget it and what was seen; recordings go when their host hears of it. Raises NotFound."""
        async with self.database.write() as connection:
            gone = await repository.remove(connection, tenant_id, camera_id)
            stills = await forget_camera(connection, tenant_id, camera_id) if gone else []
            for forget in self._forgetting:
                await forget(connection, tenant_id, camera_id)
        if not gone:
            raise NotFound(f"there is no camera {camera_id!r}", where="camera_id")
        await self._waking.wake()
        for key in stills:
            await asyncio.to_thread(self._store.delete, key)

    def source_of(self, row: Record) -> Source:
        """Where its video comes from, with its password. Raises AddressUnreadable."""
        return parse_source(self._seal.open(row.sealed_url))

    async def _want(self, row: Record, wanted: bool) -> Record:
        async with self.database.write() as connection:
            changed = await repository.set_wanted(connection, row.tenant_id, row.camera_id, wanted)
        if changed:
            await self._waking.wake()
        return await self.get(row.tenant_id, row.camera_id)

    def _address(self, source: Source) -> dict[str, str]:
        return {"sealed_url": self._seal.close(source.url), "shown_url": source.shown}


def abandoned(row: Record) -> bool:
    """Whether it is wanted and its recording host is silent: what the row says of the stream is old."""
    return bool(row.wanted and row.boot_id is not None and row.lease_until < row.now)


def analysis_of(row: Record) -> dict[str, Any]:
    """The camera's AnalysisSettings as JSON values."""
    found: dict[str, Any] = json.loads(row.analysis)
    return found
