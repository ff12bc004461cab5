"""The watch: one process at a time looks after all tenants, every few seconds.

Any number of API servers and recording hosts run it; the one that holds the lease works, and when it dies the
next takes over within a minute. Two that believe to hold it do no harm: an alert is open once (a unique key),
and its message is the same message (`telling`).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
from collections.abc import Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database
from ecg.errors import EcgError
from ecg.live.alerts import repository
from ecg.live.alerts.disks import Places, report_disks
from ecg.live.alerts.facts import SeenFact
from ecg.live.alerts.looking import Sight, by_tenant, look_around
from ecg.live.alerts.repository import ENDED, FIRING, RECOVERED, SEEN
from ecg.live.alerts.rules import Finding, look
from ecg.live.alerts.telling import Teller
from ecg.live.alerts.transitions import changes
from ecg.live.alerts.wanted import AlertPreferences

log = structlog.get_logger(__name__)

LEASE = "alerts"
PAUSE_SECONDS = 10.0
LEASE_SECONDS = 45.0
KEPT_SECONDS = 90 * 24 * 3600.0
"""How long alerts that are over stay in the list."""


class Watch:
    """One watcher; `holder` tells it from the others."""

    def __init__(self, database: Database, preferences: AlertPreferences, teller: Teller) -> None:
        self.database = database
        self._preferences = preferences
        self._teller = teller
        self.holder = secrets.token_hex(16)

    async def round(self) -> bool:
        """Look after everybody, if it is this one's turn; whether it was. Raises SQLAlchemyError."""
        async with self.database.write() as connection:
            since = await repository.hold(connection, LEASE, self.holder, seconds=LEASE_SECONDS)
        if since is None:
            return False
        await self.look_after_all(since)
        async with self.database.write() as connection:
            await repository.forget_older_than(connection, KEPT_SECONDS)
        return True

    async def look_after_all(self, watched_since: int) -> None:
        """Find what is new and what is over, and tell it."""
        async with self.database.read() as connection:
            sights = await look_around(connection, self._preferences, watched_since=watched_since)
        for tenant_id, sight in sights.items():
            await self._keep_changes(tenant_id, sight)
        async with self.database.read() as connection:
            untold = by_tenant(await repository.untold(connection))
        for tenant_id, rows in untold.items():
            try:
                await self._teller.tell(tenant_id, await self._preferences.get(tenant_id), rows)
            except EcgError as error:  # what is wrong with one organisation's settings is its own trouble
                log.error("nobody can be told", tenant_id=tenant_id, error=error.code)

    async def _keep_changes(self, tenant_id: str, sight: Sight) -> None:
        verdicts = look(sight.facts, sight.wanted.rules, {alert.key for alert in sight.before})
        found = changes(sight.before, verdicts)
        worse = [(alert, finding) for alert, finding in found.going_on if finding.severity != alert.severity]
        if not (found.opened or found.recovered or found.ended or sight.fresh or worse):
            return
        async with self.database.write() as connection:
            for finding in found.opened:
                await _keep(connection, tenant_id, finding)
            for fact in sight.fresh:
                await _keep_seen(connection, tenant_id, fact)
            for alert, finding in worse:
                details = json.dumps(finding.values)
                await repository.worsen(
                    connection, alert.alert_id, severity=finding.severity, details=details
                )
            await repository.close(connection, [alert.alert_id for alert in found.recovered], RECOVERED)
            await repository.close(connection, [alert.alert_id for alert in found.ended], ENDED)

    async def let_go(self) -> None:
        """Let another watch at once."""
        async with self.database.write() as connection:
            await repository.let_go(connection, LEASE, self.holder)


async def keep_watch(watch: Watch, places: Places, *, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Watch until cancelled, and tell how full this machine's disks are."""
    try:
        while True:
            try:
                await report_disks(watch.database, places)
                await watch.round()
            except (SQLAlchemyError, OSError) as error:
                log.warning("nobody watches: the database cannot be used", error=type(error).__name__)
            except Exception:  # a mistake of ours in one round must not be the last one
                log.exception("a round of the watch failed")
            await asyncio.sleep(pause_seconds)
    finally:
        with contextlib.suppress(SQLAlchemyError, OSError):
            await watch.let_go()


def open_key(rule: str, subject: str) -> str:
    """What tells an open alert from every other one of its tenant."""
    return hashlib.sha256(f"{rule}\n{subject}".encode()).hexdigest()


async def _keep(connection: AsyncConnection, tenant_id: str, finding: Finding) -> None:
    await repository.open_alert(
        connection,
        **_values(tenant_id, finding.rule, finding.subject, finding.values),
        camera_id=finding.camera_id,
        severity=finding.severity,
        state=FIRING,
        since=finding.since,
    )


async def _keep_seen(connection: AsyncConnection, tenant_id: str, fact: SeenFact) -> None:
    values = {
        "camera": fact.camera_name,
        "category": fact.category,
        "description": fact.description,
    }
    await repository.open_alert(
        connection,
        **_values(tenant_id, "severe_incident", fact.event_id, values),
        camera_id=fact.camera_id,
        severity=fact.severity,
        state=SEEN,
        since=fact.at,
        over_at=fact.at,
    )


def _values(tenant_id: str, rule: str, subject: str, details: Mapping[str, object]) -> dict[str, str]:
    return {
        "tenant_id": tenant_id,
        "alert_id": f"alr-{secrets.token_hex(16)}",
        "rule": rule,
        "subject": subject,
        "open_key": open_key(rule, subject),
        "details": json.dumps(details, ensure_ascii=False),
    }
