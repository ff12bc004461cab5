"""Hands notices to messages: each alert once, each end of one once, whoever crashes in between.

The message's key follows from the alert, so what is handed over again is the same message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from ecg.database import Database, Record
from ecg.errors import EcgError
from ecg.live.alerts import repository
from ecg.live.alerts.notices import Reader, Told, notice
from ecg.live.alerts.repository import FIRING, RECOVERED, SEEN
from ecg.live.alerts.transitions import rested
from ecg.live.alerts.wanted import Channel, Wanted
from ecg.live.events import SEVERITIES
from ecg.live.reports.day import zone_of

log = structlog.get_logger(__name__)


class Send(Protocol):
    """`ecg.messages.Messages.send`."""

    async def __call__(
        self,
        *,
        tenant_id: str,
        channel: str,
        to: str,
        template: str,
        locale: str,
        values: Mapping[str, object],
        dedupe_key: str,
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class _Letter:
    """What every channel is given alike."""

    template: str
    locale: str
    values: Mapping[str, str]


class Teller:
    """`frontend` is the URL whose pages links in messages open."""

    def __init__(self, database: Database, send: Send, frontend: str) -> None:
        self._database = database
        self._send = send
        self._frontend = frontend

    def reader(self, wanted: Wanted) -> Reader:
        return Reader(wanted.locale, zone_of(wanted.time_zone), self._frontend)

    async def tell(self, tenant_id: str, wanted: Wanted, rows: Sequence[Record]) -> None:
        """What is due now of a tenant's alerts that nobody was told of (`repository.untold`).

        Without a channel nothing is told, and nothing piles up.
        """
        async with self._database.read() as connection:
            now = await repository.moment_now(connection)
            last = {_about(row): int(row.told) for row in await repository.last_told(connection, tenant_id)}
        for row in rows:
            rests = rested(last.get(_about(row)), wanted.cooldown_seconds, now)
            if row.state == FIRING and rests:
                await self._one(tenant_id, wanted, row)
            if row.state == RECOVERED:
                await self._one(tenant_id, wanted, row, over=True)
        for seen in _by_camera([row for row in rows if row.state == SEEN]):
            if rested(last.get(_about(seen[0])), wanted.cooldown_seconds, now):
                await self._incidents(tenant_id, wanted, seen)

    async def try_out(self, tenant_id: str, wanted: Wanted, channel: Channel, key: str) -> None:
        """A message that says that messages arrive. Raises what `Messages.send` raises."""
        reader = self.reader(wanted)
        letter = _Letter("alert-test", reader.locale, {"link": reader.link(None)})
        await self._post(tenant_id, channel, letter, f"alert-test:{channel.id}:{key}")

    async def _one(self, tenant_id: str, wanted: Wanted, row: Record, *, over: bool = False) -> None:
        phase = "over" if over else "firing"
        count = await self._all_channels(tenant_id, wanted, told_of(row), f"alert:{row.alert_id}:{phase}")
        async with self._database.write() as connection:
            if over:
                await repository.told_over(connection, row.alert_id)
            else:
                await repository.told(connection, [row.alert_id], channels=count)
        log.info("an alert", tenant_id=tenant_id, rule=row.rule, subject=row.subject, over=over, told=count)

    async def _incidents(self, tenant_id: str, wanted: Wanted, rows: Sequence[Record]) -> None:
        """One message a camera: of the worst, and how many more there were."""
        worst = max(rows, key=lambda row: (SEVERITIES.index(row.severity), -row.serial))
        # the key is the oldest's: with what has come meanwhile it is the same message still
        key = f"alert:{rows[0].alert_id}:seen"
        count = await self._all_channels(tenant_id, wanted, told_of(worst, more=len(rows) - 1), key)
        async with self._database.write() as connection:
            await repository.told(connection, [row.alert_id for row in rows], channels=count)
        log.info("incidents", tenant_id=tenant_id, camera_id=worst.camera_id, count=len(rows), told=count)

    async def _all_channels(self, tenant_id: str, wanted: Wanted, told: Told, key: str) -> int:
        """To how many channels it was handed over."""
        reader = self.reader(wanted)
        template, values = notice(told, reader)
        letter = _Letter(template, reader.locale, values)
        count = 0
        for channel in wanted.channels if wanted.enabled else ():
            try:
                await self._post(tenant_id, channel, letter, f"{key}:{channel.id}")
                count += 1
            except EcgError as error:  # one address that is wrong keeps no other from being told
                log.error("an alert was not told", key=key, channel=channel.kind, error=error.code)
        return count

    async def _post(self, tenant_id: str, channel: Channel, letter: _Letter, key: str) -> None:
        await self._send(
            tenant_id=tenant_id,
            channel=channel.kind,
            to=channel.to,
            template=letter.template,
            locale=letter.locale,
            values=letter.values,
            dedupe_key=key,
        )


def _about(row: Record) -> tuple[str, str]:
    """What a cooldown is about: the subject, and for incidents the camera."""
    return (row.rule, row.camera_id if row.rule == "severe_incident" else row.subject)


def told_of(row: Record, *, more: int = 0) -> Told:
    """An alert of the table, as a message needs it."""
    return Told(
        rule=row.rule,
        subject=row.subject,
        severity=row.severity,
        camera_id=row.camera_id,
        since=row.since,
        over_at=row.over_at if row.state == RECOVERED else None,
        details=json.loads(row.details),
        more=more,
    )


def _by_camera(rows: Sequence[Record]) -> list[list[Record]]:
    cameras: dict[str, list[Record]] = {}
    for row in rows:
        cameras.setdefault(row.camera_id, []).append(row)
    return list(cameras.values())
