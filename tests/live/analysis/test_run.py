"""An archive's way: registered, fetched, looked at, kept once; and told by the routes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ecg.jobs.states import State
from ecg.live.analysis import repository
from ecg.live.analysis.result import ArchiveResult
from ecg.live.analysis.score import safety_score
from tests.live.analysis.place import T0, TENANT, Place

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def hall(here: Place) -> None:
    await here.camera()


class TestTheWholeWay:
    async def test_an_archive_becomes_an_analysis_with_stills_and_events(
        self, here: Place, eventful: Path
    ) -> None:
        archive = await here.archive(eventful, seconds=10)
        view = await here.done(archive)
        (row,) = await here.all(
            "SELECT * FROM archive_analyses WHERE archive_id = :id", id=archive.archive_id
        )
        result = ArchiveResult.model_validate_json(row.result)
        (black,) = result.incidents
        assert black.category == "camera_black"
        assert abs(black.start.timestamp() * 1000 - (T0 + 7000)) <= 400
        assert abs(black.end.timestamp() * 1000 - (T0 + 9600)) <= 400
        assert row.safety_score == result.safety_score == safety_score(result.incidents) < 100
        assert view.result is not None
        assert view.result["safety_score"] == row.safety_score
        assert max(point.people or 0 for point in result.activity) == 1
        assert black.still_key is not None
        still = here.store.head(black.still_key)
        assert still is not None
        assert still.content_type == "image/jpeg"
        (event,) = await here.all("SELECT * FROM monitoring_events WHERE camera_id = 'hall'")
        assert (event.source, event.category, event.still_key) == ("archive", "camera_black", black.still_key)

    async def test_a_worker_elsewhere_gets_it_over_http(self, here: Place, eventful: Path) -> None:
        archive = await here.archive(eventful, seconds=10, stored=False)
        assert (await here.done(archive)).state is State.DONE

    async def test_registered_twice_is_one_job(self, here: Place, eventful: Path) -> None:
        archive = await here.archive(eventful, seconds=10)
        assert await here.register(archive) == await here.register(archive)

    async def test_another_attempt_ends_with_what_was_kept(self, here: Place, eventful: Path) -> None:
        """The worker died between the result and the job's end: nothing is looked at again."""
        archive = await here.archive(eventful, seconds=10)
        kept = {
            "safety_score": 42,
            "incidents": [],
            "summary": "kept",
            "activity": [],
            "engine": "local",
            "seconds": 10,
        }
        async with here.database.write() as connection:
            assert await repository.keep(
                connection,
                tenant_id=TENANT,
                archive_id=archive.archive_id,
                camera_id="hall",
                job_id="an earlier attempt",
                started_at=T0,
                ended_at=T0 + 10000,
                safety_score=42,
                incident_count=0,
                engine="local",
                result=json.dumps(kept),
            )
        view = await here.done(archive)
        assert view.result is not None
        assert view.result["safety_score"] == 42

    async def test_nothing_is_written_over(self, here: Place, eventful: Path) -> None:
        archive = await here.archive(eventful, seconds=10)
        values = {
            "tenant_id": TENANT,
            "archive_id": archive.archive_id,
            "camera_id": "hall",
            "job_id": "one",
            "started_at": T0,
            "ended_at": T0 + 1,
            "safety_score": 1,
            "incident_count": 0,
            "engine": "local",
            "result": "{}",
        }
        async with here.database.write() as connection:
            assert await repository.keep(connection, **values)
            assert not await repository.keep(connection, **values | {"safety_score": 99})
        (row,) = await here.all(
            "SELECT * FROM archive_analyses WHERE archive_id = :id", id=archive.archive_id
        )
        assert row.safety_score == 1


class TestTrouble:
    async def test_a_file_that_is_no_video_fails_once_and_clearly(self, here: Place, tmp_path: Path) -> None:
        odd = tmp_path / "odd.mp4"
        odd.write_text("#EXTM3U\nfile:///etc/passwd\n")
        view = await here.analysed(await here.archive(odd))
        assert (view.state, view.error_code, view.attempt) == (State.FAILED, "INVALID_VIDEO_FORMAT", 1)

    async def test_a_recording_that_was_removed(self, here: Place, eventful: Path) -> None:
        archive = await here.archive(eventful)
        async with here.database.write() as connection:
            await connection.exec_driver_sql(
                f"DELETE FROM camera_archives WHERE archive_id = '{archive.archive_id}'"  # noqa: S608
            )
        view = await here.analysed(archive)
        assert (view.state, view.error_code) == (State.FAILED, "NOT_FOUND")

    async def test_an_engine_that_is_not_set_up(self, here: Place, eventful: Path) -> None:
        await here.camera("gate", engine="gemini")
        view = await here.analysed(await here.archive(eventful, "gate"))
        assert (view.error_code, view.attempt) == ("VISION_ENGINE_NOT_SET", 1)
        answer = await here.get("/analysis-jobs", camera_id="gate", status="failed")
        (job,) = answer.json()["jobs"]
        assert job["error_code"] == "VISION_ENGINE_NOT_SET"
        again = await here.post(f"/analysis-jobs/{job['id']}/retry")
        assert again.status_code == 200, again.text
        assert again.json()["status"] in ("pending", "processing", "failed")
        assert again.json()["id"] != job["id"]
        (row,) = await here.all("SELECT job_id FROM camera_archives WHERE camera_id = 'gate'")
        assert row.job_id == again.json()["id"]


class TestRoutes:
    async def test_jobs_and_analyses_are_listed(self, here: Place, eventful: Path) -> None:
        await here.camera("yard")
        archive = await here.archive(eventful, "yard", start=T0 + 3_600_000, seconds=10)
        await here.done(archive)
        (job,) = (await here.get("/analysis-jobs", camera_id="yard")).json()["jobs"]
        assert job["status"] == "completed"
        assert job["worker_id"] == "analyst"
        assert job["duration"] > 0
        assert job["segment_start"] == "2026-03-10T01:00:00.000Z"
        answer = await here.get("/segment-analyses/yard")
        (analysis,) = answer.json()["analyses"]
        (incident,) = analysis["incidents"]
        assert incident["start"].startswith("2026-03-10T01:00:0")
        assert incident["start"].endswith("Z")
        async with httpx2.AsyncClient() as client:
            still = await client.get(incident["still_url"])
        assert still.content[:2] == b"\xff\xd8"

    async def test_only_the_time_that_was_asked_for(self, here: Place) -> None:
        path = "/segment-analyses/yard"
        inside = await here.get(path, **{"from": "2026-03-10T01:00:05Z", "to": "2026-03-10T01:00:06Z"})
        before = await here.get(path, **{"to": "2026-03-10T01:00:00Z"})
        after = await here.get(path, **{"from": "2026-03-10T01:00:10Z"})
        assert [len(one.json()["analyses"]) for one in (inside, before, after)] == [1, 0, 0]

    async def test_pages_follow_each_other(self, here: Place) -> None:
        everything = (await here.get("/analysis-jobs", limit=500)).json()
        assert everything["next_cursor"] is None
        ids, cursor = [], None
        while True:
            query: dict[str, Any] = {"cursor": cursor} if cursor else {}
            answer = (await here.get("/analysis-jobs", limit=2, **query)).json()
            ids += [job["id"] for job in answer["jobs"]]
            cursor = answer["next_cursor"]
            if cursor is None:
                break
        assert ids == [job["id"] for job in everything["jobs"]]

    @pytest.mark.parametrize(
        ("path", "query", "status"),
        [
            ("/segment-analyses/nowhere", {}, 404),
            ("/segment-analyses/..%2f..", {}, 404),
            ("/segment-analyses/yard", {"from": "yesterday"}, 422),
            ("/segment-analyses/yard", {"from": "2026-03-10T02:00:00Z", "to": "2026-03-10T01:00:00Z"}, 400),
            ("/segment-analyses/yard", {"limit": 100000}, 422),
            ("/analysis-jobs", {"status": "lost"}, 422),
            ("/analysis-jobs", {"cursor": "1; DROP TABLE jobs"}, 400),
            ("/analysis-jobs", {"camera_id": "../x"}, 422),
        ],
    )
    async def test_bad_questions(self, here: Place, path: str, query: dict[str, str], status: int) -> None:
        answer = await here.get(path, **query)
        assert answer.status_code == status, answer.text
        assert answer.json()["code"]

    async def test_others_see_nothing(self, here: Place) -> None:
        who = "rival/bob"
        assert (await here.get("/analysis-jobs", who)).json()["jobs"] == []
        assert (await here.get("/segment-analyses/yard", who)).status_code == 404
        mine = (await here.get("/analysis-jobs", status="failed")).json()["jobs"][0]["id"]
        assert (await here.post(f"/analysis-jobs/{mine}/retry", who)).status_code == 404

    async def test_only_failed_jobs_are_tried_again(self, here: Place) -> None:
        done = (await here.get("/analysis-jobs", status="completed")).json()["jobs"][0]["id"]
        assert (await here.post(f"/analysis-jobs/{done}/retry")).status_code == 409
        assert (await here.post("/analysis-jobs/nothing/retry")).status_code == 404
