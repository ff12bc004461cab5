"""Events, figures and reports from the tables that recorders and workers write; on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ecg.errors import InputError, NotFound
from ecg.live.events import repository as events
from ecg.live.reports.day import zone_of
from ecg.live.reports.service import Reports
from ecg.live.reports.upkeep import forget_old
from ecg.settings import Settings
from ecg.store import ObjectStore, open_store
from tests.live.place import HOUR, MINUTE, T0, Rows, incident, rows
from tests.messages.office import in_loop

UTC = zone_of("UTC")
TEN = 10 * MINUTE


@dataclass
class Place:
    rows: Rows
    reports: Reports
    store: ObjectStore

    async def ids(self, **asked: object) -> list[str]:
        found = await self.reports.events("tenant", **asked)  # type: ignore[arg-type]
        return [event.description for event in found.events]


@asynccontextmanager
async def place(url: str, folder: Path) -> AsyncIterator[Place]:
    store = open_store(Settings(data_dir=folder), public_url="http://ecg.example")
    async with rows(url) as made:
        yield Place(made, Reports(made.database, store), store)


class TestEvents:
    @in_loop
    async def test_what_was_seen_and_what_streams_went_through_are_one_list(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with place(database_url, tmp_path) as here:
            await here.rows.camera()
            await here.rows.event(T0 + 1000, description="first", severity="low")
            await here.rows.trouble(T0 + 2000, T0 + 2500)
            await here.rows.event(T0 + 3000, description="third", still_key="stills/a.jpg")
            await here.rows.trouble(T0 + 4000, None, "failed", "CONNECTION_ERROR")
            found = (await here.reports.events("tenant", camera_id="door")).events
            assert [event.source for event in found] == ["stream", "quick_look", "stream", "quick_look"]
            assert [event.severity for event in found] == ["medium", "high", "medium", "low"]
            assert [event.kind for event in found] == ["failed", "incident", "stall", "incident"]
            assert found[1].at == "2026-03-10T00:00:03.000Z"
            assert (found[1].still_url or "").startswith("http://ecg.example/files/")
            assert await here.ids(least="high") == ["third"]
            assert await here.ids(least="medium") == ["nothing came", "third", "nothing came"]
            assert await here.ids(source="stream", least="medium") == ["nothing came"] * 2
            assert await here.ids(first=T0 + 1000, before=T0 + 3000) == ["nothing came", "first"]

    @in_loop
    async def test_pages_lose_nothing_even_where_moments_are_the_same(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with place(database_url, tmp_path) as here:
            await here.rows.camera()
            for number in range(6):
                await here.rows.event(T0 + number // 3, description=str(number))
                await here.rows.trouble(T0 + number // 3, None, code=str(number))
            seen: list[str] = []
            cursor = None
            for _ in range(20):
                page = await here.reports.events("tenant", cursor=cursor, limit=5)
                seen += [event.id for event in page.events]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert len(seen) == len(set(seen)) == 12
            whole = await here.reports.events("tenant", limit=50)
            assert seen == [event.id for event in whole.events]
            for wrong in ("x", "1", "1.", "-1.evt", "1.e'vt", "9" * 20 + ".evt"):
                with pytest.raises(InputError):
                    await here.reports.events("tenant", cursor=wrong)

    @in_loop
    async def test_what_is_recorded_twice_is_one_event(self, database_url: str, tmp_path: Path) -> None:
        async with place(database_url, tmp_path) as here:
            await here.rows.camera()
            await here.rows.camera("gate", "other")
            for description in ("once", "again"):
                await here.rows.event(T0, key="archive1:0", description=description)
            await here.rows.event(T0, key="archive1:0", camera_id="gate", tenant_id="other")
            assert await here.ids() == ["once"]

    @in_loop
    async def test_others_see_nothing(self, database_url: str, tmp_path: Path) -> None:
        async with place(database_url, tmp_path) as here:
            await here.rows.camera("gate", "other")
            await here.rows.event(T0, camera_id="gate", tenant_id="other")
            await here.rows.trouble(T0, None, camera_id="gate", tenant_id="other")
            assert await here.ids() == []
            asked: list[Callable[[], Awaitable[object]]] = [
                lambda: here.reports.events("tenant", camera_id="gate"),
                lambda: here.reports.stats("tenant", "gate", zone=UTC, days=7),
                lambda: here.reports.daily("tenant", "gate", zone=UTC),
            ]
            for ask in asked:
                with pytest.raises(NotFound):
                    await ask()
            assert len((await here.reports.events("other", camera_id="gate")).events) == 2

    @in_loop
    async def test_old_events_and_those_of_removed_cameras_are_forgotten(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with place(database_url, tmp_path) as here:
            await here.rows.camera()
            for key in ("stills/old.jpg", "stills/new.jpg"):
                (tmp_path / "still").write_bytes(b"a picture")
                here.store.put_file(key, tmp_path / "still", content_type="image/jpeg")
            await here.rows.event(T0, description="old", still_key="stills/old.jpg")
            await here.rows.event(T0, description="old, without a picture")
            await here.rows.execute("UPDATE monitoring_events SET created_at = 0")
            await here.rows.event(T0, description="new", still_key="stills/new.jpg")
            assert await forget_old(here.rows.database, here.store, days=1) == 2
            assert await here.ids() == ["new"]
            assert list(here.store.keys("stills/")) == ["stills/new.jpg"]
            async with here.rows.database.write() as connection:
                assert await events.forget_camera(connection, "other", "door") == []
                assert await events.forget_camera(connection, "tenant", "door") == ["stills/new.jpg"]
            assert await here.ids() == []


class TestReports:
    @in_loop
    async def test_a_day_is_read_from_archives_analyses_and_troubles(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with place(database_url, tmp_path) as here:
            await here.rows.camera()
            await here.rows.archive(T0 - TEN, T0 + TEN)  # over midnight
            await here.rows.archive(T0 + 2 * TEN, T0 + 3 * TEN)
            await here.rows.archive(T0 + 25 * HOUR, T0 + 26 * HOUR)  # another day
            await here.rows.analysis(T0, T0 + TEN, 70, [incident(T0 + MINUTE)])
            # its recording was removed for its age; it was recorded all the same
            await here.rows.analysis(T0 + 3 * TEN, T0 + 4 * TEN, 100)
            await here.rows.trouble(T0 + TEN, T0 + 2 * TEN)
            await here.rows.event(T0 + MINUTE, severity="critical")
            found = await here.reports.daily("tenant", "door", zone=UTC, date=date(2026, 3, 10))
            assert found.coverage.recorded_seconds == 1800
            assert found.coverage.analysed_seconds == 1200
            assert found.coverage.gaps[0].kind == "stall"
            assert found.score_mean == 85
            assert (found.incidents, found.by_hour[0]) == (1, 1)
            assert found.worst[0].span.start == T0 + MINUTE
            assert found.realtime == {"low": 0, "medium": 0, "high": 0, "critical": 1}
            next_day = await here.reports.daily("tenant", "door", zone=UTC, date=date(2026, 3, 11))
            assert (next_day.coverage.recorded_seconds, next_day.incidents) == (3600, 0)

    @in_loop
    async def test_what_is_being_recorded_is_no_gap(self, database_url: str, tmp_path: Path) -> None:
        async with place(database_url, tmp_path) as here:
            now = await here.rows.now()
            live: dict[str, Any] = {"state": "live", "state_since": T0, "last_segment_at": now - 3000}
            await here.rows.camera(created_at=now - 20 * MINUTE, **live)
            await here.rows.archive(now - 20 * MINUTE, now - TEN)
            figures = await here.reports.stats("tenant", "door", zone=UTC, days=2)
            assert figures.recorded_seconds == pytest.approx(1200, abs=60)
            assert figures.uptime_ratio == pytest.approx(1, abs=0.05)
            today = await here.reports.daily("tenant", "door", zone=UTC)
            assert all(gap.end <= now - 20 * MINUTE for gap in today.coverage.gaps)
            # which says nothing of days whose recordings are gone
            before = await here.reports.daily("tenant", "door", zone=UTC, date=date(2026, 3, 10))
            assert before.coverage.recorded_seconds == 0
            await here.rows.change_camera(state="retrying")
            figures = await here.reports.stats("tenant", "door", zone=UTC, days=2)
            assert figures.recorded_seconds == pytest.approx(600, abs=1)

    @in_loop
    async def test_figures_are_of_the_time_since_the_camera_was_added(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with place(database_url, tmp_path) as here:
            now = await here.rows.now()
            begun = now - 5 * 24 * HOUR
            await here.rows.camera(created_at=begun)
            await here.rows.archive(begun, begun + 60 * HOUR // 2)
            await here.rows.analysis(
                begun, begun + HOUR, 40, [incident(begun), incident(begun + 1, severity="low")]
            )
            await here.rows.event(begun, severity="medium")
            figures = await here.reports.stats("tenant", "door", zone=zone_of("Asia/Seoul"), days=30)
            assert figures.time_zone == "Asia/Seoul"
            assert figures.mean_score == 40
            assert figures.incidents_by_severity == {"low": 1, "medium": 0, "high": 1, "critical": 0}
            assert figures.realtime_by_severity["medium"] == 1
            # thirty hours of five days
            assert figures.uptime_ratio == pytest.approx(0.25, abs=0.01)
            assert (figures.today.incidents, figures.today.recorded_seconds) == (0, 0)
            assert figures.today.mean_score is None
