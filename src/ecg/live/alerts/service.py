"""What people do with alerts: look at them, say who is told, and see whether workers live."""

from __future__ import annotations

from ecg.database import Database, Record
from ecg.errors import InputError, NotFound
from ecg.jobs import worker_repository
from ecg.live.alerts import repository
from ecg.live.alerts.notices import notice
from ecg.live.alerts.schemas import AlertList, WorkerList, alert_document, worker_document
from ecg.live.alerts.telling import Teller, told_of
from ecg.live.alerts.wanted import AlertPreferences, Wanted, shown
from ecg.live.analysis.registering import QUEUE
from ecg.live.cameras.repository import find as find_camera
from ecg.messages.rendering import render, usable_values


class Alerts:
    """Of all tenants; every call about alerts is within one. `silent_seconds`: a worker's lease."""

    def __init__(
        self, database: Database, preferences: AlertPreferences, teller: Teller, *, silent_seconds: float
    ) -> None:
        self.database = database
        self._preferences = preferences
        self._teller = teller
        self._silent_seconds = silent_seconds

    async def list(
        self,
        tenant_id: str,
        *,
        state: str | None = None,
        camera_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> AlertList:
        """Youngest first. Raises NotFound for a camera that is not there."""
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise InputError("the cursor is not one of ours", where="query cursor")
        wanted = await self._preferences.get(tenant_id)
        async with self.database.read() as connection:
            if camera_id is not None and await find_camera(connection, tenant_id, camera_id) is None:
                raise NotFound(f"there is no camera {camera_id!r}", where="query camera_id")
            rows = await repository.page(
                connection,
                tenant_id,
                state=state,
                camera_id=camera_id,
                before=None if cursor is None else int(cursor),
                limit=limit + 1,
            )
        found = [alert_document(row, self._title(row, wanted)) for row in rows[:limit]]
        return AlertList(alerts=found, next_cursor=str(rows[limit - 1].serial) if rows[limit:] else None)

    async def settings(self, tenant_id: str) -> Wanted:
        """Without secrets."""
        return shown(await self._preferences.get(tenant_id))

    async def change_settings(self, tenant_id: str, wanted: Wanted) -> Wanted:
        """Raises UnknownTimeZone, InvalidMessage and ForbiddenUrl, each with a place."""
        return shown(await self._preferences.put(tenant_id, wanted))

    async def try_channel(self, tenant_id: str, channel_id: str) -> None:
        """Have a message sent to one channel. Raises NotFound."""
        wanted = await self._preferences.get(tenant_id)
        channel = next((one for one in wanted.channels if one.id == channel_id), None)
        if channel is None:
            raise NotFound(f"there is no channel {channel_id!r}", where="channel_id")
        async with self.database.read() as connection:
            minute = await repository.moment_now(connection) // 60_000
        await self._teller.try_out(tenant_id, wanted, channel, str(minute))

    async def workers(self) -> WorkerList:
        """Those that take analyses, or took them within the last hour; by name."""
        async with self.database.read() as connection:
            rows = await worker_repository.known(connection, QUEUE)
        return WorkerList(workers=[worker_document(row, self._silent_seconds) for row in rows])

    def _title(self, row: Record, wanted: Wanted) -> str:
        template, values = notice(told_of(row), self._teller.reader(wanted))
        return render(template, wanted.locale, usable_values(template, wanted.locale, values)).subject
