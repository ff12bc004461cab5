"""All SQL of alerts. What an organisation asks for names its tenant; what the watch looks at says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.jobs.models import Job
from ecg.jobs.states import State
from ecg.live.alerts.models import Alert, AlertSettings, DiskReport, WatchLease
from ecg.live.alerts.rules import Rule
from ecg.live.analysis.registering import KIND, QUEUE
from ecg.live.cameras.models import Camera
from ecg.live.events import Severity
from ecg.live.events.models import MonitoringEvent

alerts = table_of(Alert)
cameras = table_of(Camera)
disks = table_of(DiskReport)
events = table_of(MonitoringEvent)
jobs = table_of(Job)
leases = table_of(WatchLease)
wanted = table_of(AlertSettings)

FIRING, RECOVERED, ENDED, SEEN = "firing", "recovered", "ended", "seen"


async def settings_of(connection: AsyncConnection, tenant_id: str) -> Record | None:
    return (await connection.execute(select(wanted).where(wanted.c.tenant_id == tenant_id))).one_or_none()


async def keep_settings(connection: AsyncConnection, tenant_id: str, sealed: str) -> None:
    change = update(wanted).where(wanted.c.tenant_id == tenant_id)
    values = {"sealed": sealed, "updated_at": now_ms()}
    if (await connection.execute(change.values(**values))).rowcount:
        return
    try:
        async with connection.begin_nested():
            await connection.execute(insert(wanted).values(tenant_id=tenant_id, **values))
    except IntegrityError:  # somebody was first
        await connection.execute(change.values(**values))


async def page(
    connection: AsyncConnection,
    tenant_id: str,
    *,
    state: str | None = None,
    camera_id: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Record]:
    """A tenant's alerts, youngest first; `before` is the serial where the last page ended."""
    query = select(alerts).where(alerts.c.tenant_id == tenant_id)
    if state is not None:
        query = query.where(alerts.c.state == state)
    if camera_id is not None:
        query = query.where(alerts.c.camera_id == camera_id)
    if before is not None:
        query = query.where(alerts.c.serial < before)
    return (await connection.execute(query.order_by(alerts.c.serial.desc()).limit(limit))).all()


# What the watch looks at.


async def hold(connection: AsyncConnection, name: str, holder: str, *, seconds: float) -> int | None:
    """Be the one that watches, from now on or still; since when (milliseconds), or None: somebody else is."""
    until = now_ms() + int(seconds * 1000)
    mine = and_(leases.c.name == name, leases.c.holder == holder)
    renewed = await connection.execute(update(leases).where(mine).values(lease_until=until))
    if not renewed.rowcount:
        over = and_(leases.c.name == name, leases.c.lease_until < now_ms())
        taken = await connection.execute(
            update(leases).where(over).values(holder=holder, lease_until=until, since=now_ms())
        )
        if not taken.rowcount and not await _first(connection, name, holder, until):
            return None
    return int((await connection.execute(select(leases.c.since).where(mine))).scalar_one())


async def _first(connection: AsyncConnection, name: str, holder: str, until: Any) -> bool:
    """Make the lease where there was none ever."""
    if (await connection.execute(select(leases.c.name).where(leases.c.name == name))).first() is not None:
        return False
    try:
        async with connection.begin_nested():
            await connection.execute(
                insert(leases).values(name=name, holder=holder, lease_until=until, since=now_ms())
            )
    except IntegrityError:
        return False
    return True


async def let_go(connection: AsyncConnection, name: str, holder: str) -> None:
    """Another may watch at once."""
    await connection.execute(
        update(leases).where(leases.c.name == name, leases.c.holder == holder).values(lease_until=0)
    )


async def moment_now(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(now_ms()))).scalar_one())


async def all_settings(connection: AsyncConnection) -> Sequence[Record]:
    """``tenant_id`` and ``sealed`` of all organisations that have set something."""
    return (await connection.execute(select(wanted.c.tenant_id, wanted.c.sealed))).all()


async def wanted_cameras(connection: AsyncConnection) -> Sequence[Record]:
    """Of all tenants, what the rules look at."""
    columns = (
        cameras.c.tenant_id,
        cameras.c.camera_id,
        cameras.c.name,
        cameras.c.last_segment_at,
        cameras.c.created_at,
        cameras.c.updated_at,
        cameras.c.error_message,
        cameras.c.analysis,
    )
    query = select(*columns).where(cameras.c.wanted).order_by(cameras.c.serial)
    return (await connection.execute(query)).all()


async def oldest_pending(connection: AsyncConnection) -> dict[str, int]:
    """By tenant: when the analysis that waits for the longest time was registered."""
    query = (
        select(jobs.c.tenant_id, func.min(jobs.c.created_at).label("oldest"))
        .where(jobs.c.queue == QUEUE, jobs.c.state == State.PENDING.value, jobs.c.kind == KIND)
        .group_by(jobs.c.tenant_id)
    )
    return {row.tenant_id: int(row.oldest) for row in (await connection.execute(query)).all()}


async def disk_reports(connection: AsyncConnection) -> Sequence[Record]:
    """Of all machines that have said something within a day."""
    query = select(disks).where(disks.c.measured_at > now_ms() - 24 * 3600 * 1000)
    return (await connection.execute(query.order_by(disks.c.host, disks.c.place))).all()


async def report_disk(
    connection: AsyncConnection, host: str, place: str, *, free_bytes: int, total_bytes: int
) -> None:
    change = update(disks).where(disks.c.host == host, disks.c.place == place)
    values = {"free_bytes": free_bytes, "total_bytes": total_bytes, "measured_at": now_ms()}
    if (await connection.execute(change.values(**values))).rowcount:
        return
    try:
        async with connection.begin_nested():
            await connection.execute(insert(disks).values(host=host, place=place, **values))
    except IntegrityError:  # another process of this machine was first
        await connection.execute(change.values(**values))


async def severe_since(
    connection: AsyncConnection, severities: Collection[Severity], *, seconds: float, limit: int
) -> Sequence[Record]:
    """Bad events of all tenants that were found lately, oldest first, with the camera's `name`."""
    query = (
        select(
            events.c.tenant_id,
            events.c.event_id,
            events.c.camera_id,
            events.c.at,
            events.c.severity,
            events.c.category,
            events.c.description,
            cameras.c.name,
        )
        .join(
            cameras,
            and_(cameras.c.tenant_id == events.c.tenant_id, cameras.c.camera_id == events.c.camera_id),
        )
        .where(
            events.c.severity.in_(severities),
            events.c.source != "stream",  # that is the business of the rule about cameras
            events.c.created_at > now_ms() - int(seconds * 1000),
        )
    )
    return (await connection.execute(query.order_by(events.c.serial.desc()).limit(limit))).all()[::-1]


async def seen_since(connection: AsyncConnection, *, seconds: float) -> set[tuple[str, str]]:
    """Tenant and event of the incidents that there are alerts of, found within so long."""
    query = select(alerts.c.tenant_id, alerts.c.subject).where(
        alerts.c.rule == "severe_incident", alerts.c.opened_at > now_ms() - int(seconds * 1000)
    )
    return {(row.tenant_id, row.subject) for row in (await connection.execute(query)).all()}


async def firing(connection: AsyncConnection) -> Sequence[Record]:
    """Of all tenants."""
    query = select(alerts).where(alerts.c.state == FIRING)
    return (await connection.execute(query.order_by(alerts.c.serial))).all()


async def open_alert(connection: AsyncConnection, **values: Any) -> bool:
    """Keep a new alert; False when the same is open already."""
    try:
        async with connection.begin_nested():
            await connection.execute(insert(alerts).values(opened_at=now_ms(), told_to=0, **values))
    except IntegrityError:
        return False
    return True


async def worsen(connection: AsyncConnection, alert_id: str, *, severity: str, details: str) -> None:
    """It goes on, otherwise than before."""
    await connection.execute(
        update(alerts)
        .where(alerts.c.alert_id == alert_id, alerts.c.state == FIRING)
        .values(severity=severity, details=details)
    )


async def close(connection: AsyncConnection, alert_ids: Collection[str], state: str) -> None:
    """It is over: recovered, or not watched any more."""
    if not alert_ids:
        return
    await connection.execute(
        update(alerts)
        .where(alerts.c.alert_id.in_(sorted(alert_ids)), alerts.c.state == FIRING)
        .values(state=state, open_key=None, over_at=now_ms())
    )


async def untold(connection: AsyncConnection) -> Sequence[Record]:
    """Of all tenants, what nobody was told of yet: trouble, incidents, the end of trouble that was told."""
    waiting = and_(alerts.c.state.in_((FIRING, SEEN)), alerts.c.told_at.is_(None))
    over = and_(alerts.c.state == RECOVERED, alerts.c.told_at.is_not(None), alerts.c.told_over_at.is_(None))
    query = select(alerts).where(or_(waiting, over))
    return (await connection.execute(query.order_by(alerts.c.serial))).all()


async def last_told(connection: AsyncConnection, tenant_id: str) -> Sequence[Record]:
    """``rule``, ``subject``, ``camera_id`` and ``told`` (milliseconds) of what was told within a day."""
    query = (
        select(alerts.c.rule, alerts.c.subject, alerts.c.camera_id, func.max(alerts.c.told_at).label("told"))
        .where(alerts.c.tenant_id == tenant_id, alerts.c.told_at > now_ms() - 24 * 3600 * 1000)
        .group_by(alerts.c.rule, alerts.c.subject, alerts.c.camera_id)
    )
    return (await connection.execute(query)).all()


async def told(connection: AsyncConnection, alert_ids: Collection[str], *, channels: int) -> None:
    """Its notice was handed over to so many channels."""
    await connection.execute(
        update(alerts)
        .where(alerts.c.alert_id.in_(sorted(alert_ids)), alerts.c.told_at.is_(None))
        .values(told_at=now_ms(), told_to=channels)
    )


async def told_over(connection: AsyncConnection, alert_id: str) -> None:
    """The notice of its end was handed over."""
    await connection.execute(
        update(alerts)
        .where(alerts.c.alert_id == alert_id, alerts.c.told_over_at.is_(None))
        .values(told_over_at=now_ms())
    )


async def forget_older_than(connection: AsyncConnection, seconds: float) -> int:
    """Remove alerts of all tenants that were over so long ago; answers how many."""
    gone = await connection.execute(delete(alerts).where(alerts.c.over_at < now_ms() - int(seconds * 1000)))
    return gone.rowcount


def rule_of(row: Record) -> Rule:
    found: Rule = row.rule
    return found
