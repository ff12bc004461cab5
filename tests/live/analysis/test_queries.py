"""The queries that operators type by hand, on each database, with the contract's names and columns."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from ecg.database import Database, migrate
from ecg.jobs import repository as jobs
from ecg.jobs.repository import NewJob
from ecg.jobs.states import State
from ecg.live.analysis import repository
from ecg.live.analysis.registering import KIND, QUEUE, ArchivePayload, analysis_job_id

MINUTE = 60_000
T0 = 1_773_100_800_000
"""2026-03-10 00:00 UTC."""
JOB_COLUMNS = [
    "id",
    "camera_id",
    "video_path",
    "segment_start",
    "segment_end",
    "status",
    "worker_id",
    "created_at",
    "started_at",
    "completed_at",
    "error_message",
]
ANALYSIS_COLUMNS = [
    "id",
    "camera_id",
    "segment_start",
    "segment_end",
    "safety_score",
    "incident_count",
    "analysis_result",
    "created_at",
]


@pytest.fixture(scope="module")
def url(database_url: str) -> str:
    """A database with four jobs: two done by different workers, one failed, one waiting; and one of another
    kind."""
    asyncio.run(_fill(database_url))
    return database_url


async def _fill(url: str) -> None:
    database = Database(url)
    try:
        await migrate(database)
        for number in range(4):
            await jobs.add(database, _job(number))
        other = _job(9)
        await jobs.add(database, NewJob(**{n: getattr(other, n) for n in NewJob.__slots__} | {"kind": "x"}))
        async with database.write() as connection:
            await _end(connection, 0, worker="north", seconds=4.0)
            await _end(connection, 1, worker="south", seconds=8.0)
            await _end(connection, 2, worker="north", seconds=2.0, error="the recording is damaged")
            await repository.keep(
                connection,
                tenant_id="acme",
                archive_id="a0",
                camera_id="hall",
                job_id=analysis_job_id("hall", "a0"),
                started_at=T0,
                ended_at=T0 + 10 * MINUTE,
                safety_score=70,
                incident_count=1,
                engine="local",
                result='{"summary": "one thing"}',
            )
    finally:
        await database.close()


def _job(number: int) -> NewJob:
    payload = ArchivePayload(
        camera_id="hall",
        archive_id=f"a{number}",
        video_path=f"archive_2026031{number}_000000.mp4",
        segment_start=T0 + number * 10 * MINUTE,
        segment_end=T0 + (number + 1) * 10 * MINUTE,
    )
    return NewJob(
        tenant_id="acme",
        job_id=analysis_job_id("hall", f"a{number}"),
        kind=KIND,
        queue=QUEUE,
        payload=payload.model_dump_json(),
        payload_digest="0" * 64,
        max_attempts=5,
        deadline_seconds=60,
        need_mb=10,
    )


async def _end(
    connection: Any, number: int, *, worker: str, seconds: float, error: str | None = None
) -> None:
    statement = text(
        "UPDATE jobs SET state = :state, worker_id = :worker, started_at = :begin, finished_at = :end, "
        "error_message = :error WHERE job_id = :id"
    )
    await connection.execute(
        statement,
        {
            "state": "FAILED" if error else "DONE",
            "worker": worker,
            "begin": T0 + 60 * MINUTE,
            "end": T0 + 60 * MINUTE + int(seconds * 1000),
            "error": error,
            "id": analysis_job_id("hall", f"a{number}"),
        },
    )


def ask(url: str, query: str) -> list[Any]:
    async def run() -> list[Any]:
        database = Database(url)
        try:
            async with database.read() as connection:
                return list((await connection.execute(text(query))).all())
        finally:
            await database.close()

    return asyncio.run(run())


def test_work_is_counted_by_worker(url: str) -> None:
    rows = ask(
        url,
        "SELECT worker_id, COUNT(*), AVG(duration) FROM analysis_jobs WHERE status = 'completed' "
        "GROUP BY worker_id ORDER BY worker_id",
    )
    assert [(worker, count, float(mean)) for worker, count, mean in rows] == [
        ("north", 1, 4.0),
        ("south", 1, 8.0),
    ]


def test_the_query_of_the_contract_runs_as_it_is(url: str) -> None:
    rows = ask(url, "SELECT worker_id, COUNT(*), AVG(duration) FROM analysis_jobs GROUP BY worker_id")
    counted = {worker: (count, None if mean is None else float(mean)) for worker, count, mean in rows}
    assert counted == {"north": (2, 3.0), "south": (1, 8.0), None: (1, None)}


def test_states_are_counted(url: str) -> None:
    rows = ask(url, "SELECT status, COUNT(*) FROM analysis_jobs GROUP BY status")
    assert dict(rows) == {"completed": 2, "failed": 1, "pending": 1}


@pytest.mark.parametrize(
    ("view", "columns"), [("analysis_jobs", JOB_COLUMNS), ("segment_analysis", ANALYSIS_COLUMNS)]
)
def test_every_column_is_there_by_name(url: str, view: str, columns: list[str]) -> None:
    rows = ask(url, f"SELECT {', '.join(columns)} FROM {view}")  # noqa: S608
    assert rows


def test_what_failed_and_why(url: str) -> None:
    query = "SELECT id, video_path, error_message FROM analysis_jobs WHERE status = 'failed'"
    assert ask(url, query) == [("archive.hall.a2", "archive_20260312_000000.mp4", "the recording is damaged")]


def test_the_oldest_that_waits(url: str) -> None:
    query = "SELECT id, camera_id FROM analysis_jobs WHERE status = 'pending' ORDER BY created_at LIMIT 1"
    assert ask(url, query) == [("archive.hall.a3", "hall")]


def test_moments_are_moments_of_the_database(url: str) -> None:
    """What was created just now is younger than an hour, by the database's own arithmetic."""
    recent = {
        "sqlite": "datetime('now', '-1 hour')",
        "postgresql": "NOW() - INTERVAL '1 hour'",
        "mariadb": "NOW() - INTERVAL 1 HOUR",
        "mysql": "NOW() - INTERVAL 1 HOUR",
    }[Database(url).dialect]
    assert ask(url, f"SELECT COUNT(*) FROM analysis_jobs WHERE created_at > {recent}") == [(4,)]  # noqa: S608
    assert ask(url, f"SELECT COUNT(*) FROM segment_analysis WHERE segment_start > {recent}") == [(0,)]  # noqa: S608


def test_segments_last_ten_minutes(url: str) -> None:
    rows = ask(url, "SELECT segment_start, segment_end FROM analysis_jobs WHERE id = 'archive.hall.a1'")
    begin, end = (_milliseconds(value) for value in rows[0])
    assert end - begin == 10 * MINUTE


def test_scores_by_camera(url: str) -> None:
    rows = ask(
        url,
        "SELECT camera_id, AVG(safety_score), SUM(incident_count) FROM segment_analysis "
        "WHERE safety_score < 80 GROUP BY camera_id",
    )
    assert [(camera, float(score), int(count)) for camera, score, count in rows] == [("hall", 70.0, 1)]
    assert ask(url, "SELECT analysis_result FROM segment_analysis") == [('{"summary": "one thing"}',)]


class TestPaging:
    def test_cameras_whose_names_begin_alike_are_told_apart(self, url: str) -> None:
        async def run() -> list[int]:
            database = Database(url)
            try:
                counts = []
                for camera in ("hall", "hal", "HALL", "hall_"):
                    async with database.read() as connection:
                        rows = await repository.jobs_page(connection, "acme", camera_id=camera, limit=10)
                    counts.append(len(rows))
                async with database.read() as connection:
                    waiting = await repository.jobs_page(connection, "acme", states=[State.PENDING], limit=10)
                    others = await repository.jobs_page(connection, "rival", limit=10)
                return [*counts, len(waiting), len(others)]
            finally:
                await database.close()

        assert asyncio.run(run()) == [4, 0, 0, 0, 1, 0]


def _milliseconds(value: Any) -> int:
    from datetime import UTC, datetime

    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
