"""The watch over real tables: what is found, told once, and over; on each database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ecg.jobs import worker_repository
from ecg.live.alerts import repository
from ecg.live.alerts.opening import preferences_of, watch_of
from ecg.live.alerts.wanted import AlertPreferences, Channel, Wanted
from ecg.live.alerts.watch import LEASE, Watch
from ecg.live.analysis.registering import QUEUE, ArchivePayload, register
from tests.live.place import MINUTE, TABLES, Rows
from tests.messages.office import Office, in_loop, office

EMAIL = Channel(kind="email", to="kim@example.com")
NO_WORKERS = {"worker_down": {"enabled": False}}
QUICK: dict[str, Any] = {"cooldown_seconds": 0}


@dataclass
class Desk:
    """A tenant with a channel, and a watch that goes round when a test says so."""

    office: Office
    rows: Rows
    watch: Watch
    preferences: AlertPreferences

    async def want(self, tenant_id: str = "tenant", *channels: Channel, **more: Any) -> None:
        wanted = Wanted.model_validate({"rules": NO_WORKERS, **more})
        await self.preferences.put(tenant_id, wanted.model_copy(update={"channels": channels or (EMAIL,)}))

    async def round(self) -> None:
        assert await self.watch.round()

    async def told(self, tenant_id: str = "tenant") -> list[str]:
        """The templates of all messages so far."""
        found = await self.rows.all(
            "SELECT template FROM messages WHERE tenant_id = :tenant ORDER BY serial", tenant=tenant_id
        )
        return [row.template.removeprefix("alert-") for row in found]

    async def states(self, tenant_id: str = "tenant") -> list[tuple[str, str]]:
        found = await self.rows.all(
            "SELECT rule, state FROM alerts WHERE tenant_id = :tenant ORDER BY serial", tenant=tenant_id
        )
        return [(row.rule, row.state) for row in found]

    async def silent(self, camera_id: str = "door", minutes: int = 5, **more: Any) -> None:
        """A camera from which nothing came for so long."""
        await self.rows.camera(camera_id, **more)
        await self.heard(camera_id, minutes)

    async def heard(self, camera_id: str = "door", minutes: int = 0) -> None:
        at = await self.rows.now() - minutes * MINUTE
        await self.rows.execute(
            "UPDATE cameras SET last_segment_at = :at, updated_at = :at WHERE camera_id = :id",
            at=at,
            id=camera_id,
        )

    async def worker(self, name: str, **columns: int | None) -> None:
        async with self.rows.database.write() as connection:
            await worker_repository.add(
                connection, boot_id=name, worker_id=name, host=name, pid=1, queues=["x", QUEUE], slots=1
            )
        for column, value in columns.items():
            await self.rows.execute(
                f"UPDATE job_workers SET {column} = :value WHERE boot_id = :id",  # noqa: S608
                value=value,
                id=name,
            )


@asynccontextmanager
async def desk(url: str, folder: Path, **settings: Any) -> AsyncIterator[Desk]:
    async with office(url, folder, **settings) as made:
        database = made.messages.database
        rows = Rows(database)
        for table in TABLES:
            await rows.execute(f"DELETE FROM {table}")  # noqa: S608
        watch = watch_of(made.settings, database, made.messages.send)
        yield Desk(made, rows, watch, preferences_of(made.settings, database))


class TestCameras:
    @in_loop
    async def test_trouble_is_told_once_and_so_is_its_end(self, database_url: str, tmp_path: Path) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want()
            await here.silent()
            for _ in range(3):
                await here.round()
            assert await here.told() == ["camera-down"]
            assert await here.states() == [("camera_down", "firing")]
            await here.heard()
            for _ in range(3):
                await here.round()
            assert await here.told() == ["camera-down", "camera-down-over"]
            assert await here.states() == [("camera_down", "recovered")]

    @in_loop
    async def test_a_camera_that_comes_and_goes_makes_one_message_in_a_cooldown(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want(cooldown_seconds=600)
            await here.silent()
            for minutes in (5, 0, 5, 0, 5):
                await here.heard(minutes=minutes)
                await here.round()
            assert await here.told() == ["camera-down", "camera-down-over"]
            assert [state for _, state in await here.states()] == ["recovered", "recovered", "firing"]
            # when the cooldown is over and it is still away, that is told
            await here.rows.execute("UPDATE alerts SET told_at = told_at - 601000")
            await here.round()
            assert await here.told() == ["camera-down", "camera-down-over", "camera-down"]

    @in_loop
    async def test_a_camera_that_is_stopped_is_not_called_back(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want()
            await here.silent()
            await here.round()
            await here.rows.change_camera(wanted=False)
            await here.round()
            assert await here.told() == ["camera-down"]
            assert await here.states() == [("camera_down", "ended")]
            # started again, it has time to come
            await here.rows.change_camera(wanted=True, updated_at=await here.rows.now())
            await here.round()
            assert len(await here.states()) == 1

    @in_loop
    async def test_a_removed_camera_ends_its_alert(self, database_url: str, tmp_path: Path) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want()
            await here.silent()
            await here.round()
            await here.rows.execute("DELETE FROM cameras")
            await here.round()
            assert await here.states() == [("camera_down", "ended")]

    @in_loop
    async def test_organisations_hear_of_their_own_cameras(self, database_url: str, tmp_path: Path) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want()
            await here.want("other", Channel(kind="email", to="lee@example.com"))
            await here.silent("gate", tenant_id="other")
            await here.round()
            assert (await here.told(), await here.told("other")) == ([], ["camera-down"])
            assert (await here.states(), await here.states("other")) == ([], [("camera_down", "firing")])

    @in_loop
    async def test_settings_that_cannot_be_read_are_one_organisations_trouble(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want("broken")
            await here.rows.execute("UPDATE alert_settings SET sealed = 'nonsense'")
            await here.want()
            await here.silent("gate", tenant_id="broken")
            await here.silent()
            await here.round()
            assert (await here.told("broken"), await here.told()) == ([], ["camera-down"])

    @in_loop
    async def test_without_a_channel_it_is_kept_and_nothing_piles_up(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.silent()
            await here.round()
            assert ("camera_down", "firing") in await here.states()
            await here.want()
            await here.round()
            assert await here.told() == []


class TestOthers:
    @in_loop
    async def test_workers_that_are_silent_or_dead_and_come_back(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want(rules={"camera_down": {"enabled": False}}, **QUICK)
            await here.rows.camera()
            now = await here.rows.now()
            await here.worker("alive")
            await here.worker("silent", heartbeat_at=now - 2 * MINUTE)
            await here.worker("dead", lost_at=now)
            await here.worker("elsewhere", heartbeat_at=now - 2 * MINUTE)
            await here.rows.execute("UPDATE job_workers SET queues = 'analysis2' WHERE boot_id = 'elsewhere'")
            await here.round()
            assert await here.told() == ["worker-down", "worker-down"]
            subjects = await here.rows.all("SELECT subject FROM alerts ORDER BY subject")
            assert [row.subject for row in subjects] == ["dead/dead", "silent/silent"]
            await here.rows.execute("UPDATE job_workers SET heartbeat_at = :now, lost_at = NULL", now=now)
            await here.round()
            assert await here.told() == ["worker-down", "worker-down", "worker-down-over", "worker-down-over"]

    @in_loop
    async def test_no_worker_at_all(self, database_url: str, tmp_path: Path) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want(rules={"camera_down": {"enabled": False}})
            await here.rows.camera()
            await here.round()  # whoever begins to watch gives them time
            assert await here.states() == []
            await here.rows.execute("UPDATE watch_leases SET since = since - 61000")
            await here.round()
            assert await here.told() == ["workers-missing"]

    @in_loop
    async def test_analyses_that_wait_too_long(self, database_url: str, tmp_path: Path) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want()
            await here.rows.camera()
            await here.heard()
            archive = ArchivePayload(
                camera_id="door", archive_id="a", video_path="a.mp4", segment_start=0, segment_end=1
            )
            await register(here.office.messages.jobs, "tenant", archive)
            await here.round()
            assert await here.states() == []
            await here.rows.execute("UPDATE jobs SET created_at = created_at - 1801000")
            await here.round()
            await here.rows.execute("UPDATE jobs SET state = 'PROCESSING'")
            await here.round()
            assert await here.told() == ["analyses-waiting", "analyses-waiting-over"]

    @in_loop
    async def test_a_disk_that_fills_up_further_is_worse_and_told_once(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want()
            await here.rows.camera()
            await here.heard()
            severities = []
            for free in (99, 9, 4, 50):
                async with here.rows.database.write() as connection:
                    await repository.report_disk(connection, "host", "data", free_bytes=free, total_bytes=100)
                await here.round()
                severities += [row.severity for row in await here.rows.all("SELECT severity FROM alerts")]
            assert severities == ["high", "critical", "critical"]
            assert await here.told() == ["disk-low", "disk-low-over"]

    @in_loop
    async def test_incidents_are_told_by_camera_and_each_once(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want(cooldown_seconds=600)
            await here.rows.camera()
            await here.heard()
            now = await here.rows.now()
            await here.rows.event(now, severity="medium")
            await here.rows.event(now, severity="high")
            await here.round()
            await here.round()
            assert await here.told() == ["incident"]
            # further ones wait for the cooldown, and are one message
            for severity in ("high", "critical", "high"):
                await here.rows.event(now, severity=severity)
                await here.round()
            assert await here.told() == ["incident"]
            await here.rows.execute("UPDATE alerts SET told_at = told_at - 601000")
            await here.round()
            await here.round()
            assert await here.told() == ["incident", "incident-again"]
            assert [state for _, state in await here.states()] == ["seen"] * 4

    @in_loop
    async def test_incidents_of_long_ago_are_history(self, database_url: str, tmp_path: Path) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want()
            await here.rows.camera()
            await here.heard()
            await here.rows.event(0)
            await here.rows.execute("UPDATE monitoring_events SET created_at = created_at - 7 * 3600000")
            await here.round()
            assert await here.told() == []


class TestWatchers:
    @in_loop
    async def test_one_watches_at_a_time_and_another_takes_over(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with desk(database_url, tmp_path) as here:
            send = here.office.messages.send
            watches = [watch_of(here.office.settings, here.rows.database, send) for _ in range(5)]
            turns = await asyncio.gather(*(watch.round() for watch in watches))
            assert sum(turns) == 1
            leader = watches[turns.index(True)]
            assert [await watch.round() for watch in watches] == turns
            await here.rows.execute("UPDATE watch_leases SET lease_until = 1")
            other = watches[turns.index(False)]
            assert await other.round()
            assert not await leader.round()
            await other.let_go()
            assert await leader.round()

    @in_loop
    async def test_two_that_believe_to_watch_tell_once(self, database_url: str, tmp_path: Path) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want()
            await here.silent()
            send = here.office.messages.send
            watches = [watch_of(here.office.settings, here.rows.database, send) for _ in range(4)]
            for minutes in (5, 0):
                await here.heard(minutes=minutes)
                await asyncio.gather(*(watch.look_after_all(0) for watch in watches))
            assert sorted(await here.told()) == ["camera-down", "camera-down-over"]
            assert await here.states() == [("camera_down", "recovered")]

    @in_loop
    async def test_a_watcher_that_dies_after_sending_does_not_repeat_it(
        self, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with desk(database_url, tmp_path) as here:
            await here.want()
            await here.silent()

            async def dies(*_: Any, **__: Any) -> None:
                raise OSError("killed")

            with monkeypatch.context() as patched:
                patched.setattr(repository, "told", dies)
                for _ in range(2):
                    with pytest.raises(OSError, match="killed"):
                        await here.round()
            await here.round()
            assert await here.told() == ["camera-down"]

    @in_loop
    async def test_the_lease_is_measured_by_the_database(self, database_url: str, tmp_path: Path) -> None:
        async with desk(database_url, tmp_path) as here:
            async with here.rows.database.write() as connection:
                since = await repository.hold(connection, LEASE, "me", seconds=60)
                assert await repository.hold(connection, LEASE, "me", seconds=60) == since
                assert await repository.hold(connection, LEASE, "you", seconds=60) is None
            [row] = await here.rows.all("SELECT * FROM watch_leases")
            assert row.lease_until == pytest.approx(await here.rows.now() + 60_000, abs=20_000)
