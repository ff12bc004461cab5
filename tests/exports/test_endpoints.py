"""Exports as clients see them: the contract's shapes, refusals, and nothing of anybody else's."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from ecg.jobs.states import State
from tests.database.requests import statements_by_request
from tests.exports.serving import SCENARIO, TOKEN, VIDEO, running, signed_in

pytestmark = pytest.mark.anyio

STATUS_FIELDS = {
    *("jobId", "status", "progress", "estimatedTimeRemaining", "startedAt", "completedAt", "downloadUrl"),
    *("fileSize", "duration", "error", "errorCode"),
    *("frames_processed", "frames_dropped", "drop_rate", "memory_peak_mb", "memory_trend"),
}


async def test_an_export_is_begun_followed_and_downloaded(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        answer = await api.create(options={"width": 1280, "height": 720, "fps": 30, "format": "mp4"})
        assert answer.status_code == 200
        told = answer.json()
        assert set(told) == {"jobId", "estimatedTime", "createdAt"}
        assert told["estimatedTime"] == 42
        assert answer.headers["ratelimit-remaining"] == "19"
        job_id = told["jobId"]
        sent = api.renderer.bodies[job_id]
        assert sent["videoUrl"] == VIDEO
        assert sent["scenario"] == SCENARIO
        assert sent["options"] == {"width": 1280, "height": 720, "fps": "30", "format": "mp4"}
        assert sent["callbackUrl"].endswith("/api/render/callback")
        assert api.renderer.tokens == {f"Bearer {TOKEN}"}

        assert (await api.status(job_id))["status"] == "queued"
        await api.live(job_id, State.PROCESSING, progress=45, details={"frames_processed": 450})
        status = await api.status(job_id)
        assert set(status) >= STATUS_FIELDS
        assert (status["status"], status["progress"], status["frames_processed"]) == ("processing", 45, 450)
        key = f"renders/service/{job_id}.mp4"
        await api.live(
            job_id, State.DONE, 2, progress=100, result={"object_key": key, "size": 9, "duration": 30.5}
        )
        status = await api.status(job_id)
        assert (status["status"], status["fileSize"], status["duration"]) == ("completed", 9, 30.5)
        assert key in status["downloadUrl"]

        assert (await api.tell(job_id, "completed", file_size=9, duration=30.5)).json()["status"] == "ok"
        (entry,) = (await api.history())["jobs"]
        assert (entry["jobId"], entry["status"], entry["duration"]) == (job_id, "completed", 30.5)
        assert key in entry["downloadUrl"]


async def test_a_poll_costs_no_sql(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        with statements_by_request(api.spine.database) as sent:
            created = await api.create()
            job_id = str(created.json()["jobId"])
            await api.live(job_id, State.PROCESSING, progress=10)
            polls = [
                await api.client.get(f"/api/render/{job_id}/status", headers=signed_in("me"))
                for _ in range(20)
            ]
        assert {poll.json()["progress"] for poll in polls} == {10}
        assert sent[created.headers["X-Request-ID"]] > 0
        assert [sent[poll.headers["X-Request-ID"]] for poll in polls] == [0] * 20


async def test_nobody_else_sees_or_stops_an_export(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        job_id = await api.created()
        await api.live(job_id, State.PROCESSING)
        for user in ("colleague", "stranger", "admin"):
            for method, path in (("GET", "status"), ("POST", "cancel")):
                answer = await api.client.request(
                    method, f"/api/render/{job_id}/{path}", headers=signed_in(user)
                )
                assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
            assert (await api.history(user))["jobs"] == []
        for path in ("history", "quotas", f"{job_id}/status"):
            answer = await api.client.get(f"/api/render/{path}", headers={"Authorization": ""})
            assert answer.status_code == 401
        for odd in ("nothing", "v" + "0" * 40, "%00", "a" * 100):
            assert (await api.client.get(f"/api/render/{odd}/status")).status_code == 404


async def test_videos_of_other_tenants_are_not_there(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        for url in ("videos/elsewhere/secret.mp4", "renders/service/secret.mp4", "incoming/x/a.mp4"):
            answer = await api.create(videoUrl=url)
            assert (answer.status_code, answer.json()["where"]) == (404, "/videoUrl")
        assert (await api.create(videoUrl="s3://bucket/secret.mp4")).status_code == 400
        assert api.renderer.bodies == {}
        assert (await api.create(videoUrl="videos/here/mine.mp4")).status_code == 200


async def test_quotas_are_refused_in_the_contracts_shape(tmp_path: Path) -> None:
    async with running(tmp_path, RENDER_QUOTA_DAILY=2, RENDER_QUOTA_CONCURRENT=1) as api:
        job_id = await api.created()
        refused = await api.create()
        assert refused.status_code == 429
        told = refused.json()
        assert told.pop("message")
        assert told == {
            "error": "QUOTA_EXCEEDED",
            "code": "RENDER_QUOTA_CONCURRENT_EXCEEDED",
            "quota_type": "concurrent",
        }
        await api.tell(job_id, "completed", duration=30)
        await api.created()
        refused = await api.create()
        assert refused.json()["code"] == "RENDER_QUOTA_DAILY_EXCEEDED"
        assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600
        quotas = (await api.client.get("/api/render/quotas")).json()
        assert quotas["daily"]["used"] == quotas["daily"]["limit"] == 2
        assert quotas["minutes"]["used"] == 1.0
        assert await api.created("colleague")


async def test_an_export_that_has_ended_does_not_stand_in_the_way(tmp_path: Path) -> None:
    async with running(tmp_path, RENDER_QUOTA_CONCURRENT=1) as api:
        job_id = await api.created()
        await api.live(job_id, State.DONE, result={"size": 1, "duration": 30.0})  # no callback yet
        await api.created()


async def test_two_hundred_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, RENDER_QUOTA_DAILY=12, RENDER_QUOTA_CONCURRENT=100) as api:
        answers = await asyncio.gather(*(api.create() for _ in range(200)))
        kinds = Counter(answer.json().get("error", "made") for answer in answers)
        assert kinds == {"made": 12, "QUOTA_EXCEEDED": 8, "RATE_LIMIT_EXCEEDED": 180}
        assert len(api.renderer.bodies) == 12
        limited = next(each for each in answers if each.json().get("error") == "RATE_LIMIT_EXCEEDED")
        assert limited.status_code == 429
        assert limited.headers["retry-after"]
        assert limited.headers["ratelimit-limit"] == "20"


async def test_the_same_key_is_the_same_export(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        answers = await asyncio.gather(*(api.create(key="once") for _ in range(10)))
        again = await api.create(key="once")
        assert again.headers["idempotent-replayed"] == "true"
        made = [each for each in answers if each.status_code == 200]
        assert {each.json()["jobId"] for each in (*made, again)} == set(api.renderer.bodies)
        assert len(api.renderer.bodies) == 1
        assert (await api.create(key="once", videoUrl="https://other.example/")).status_code == 422


async def test_bad_requests_are_refused_and_not_counted(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        broken = await api.create(scenario={"cues": [{"text": "x", "start": "soon", "end": 1}]})
        assert (broken.status_code, broken.json()["code"]) == (400, "SCENARIO_PARSE_ERROR")
        assert broken.json()["where"].startswith("/scenario/cues/0")
        assert (await api.create(options={"width": 100})).status_code == 422
        cues = [{"text": "x", "start": n, "end": n + 0.5} for n in range(1001)]
        assert (await api.create(scenario={"cues": cues})).status_code == 400
        api.renderer.mood = "refusing"
        refused = await api.create()
        assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_VIDEO_FORMAT")
        assert refused.json()["where"] == "/videoUrl"
        assert (await api.history())["jobs"] == []


async def test_an_export_is_stopped(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        job_id = await api.created()
        answer = await api.client.post(f"/api/render/{job_id}/cancel")
        assert answer.json() == {"success": True, "message": "the job is being stopped"}
        (entry,) = (await api.history())["jobs"]
        assert (entry["status"], entry["errorCode"]) == ("cancelled", "CANCELLED")
        answer = await api.client.post(f"/api/render/{job_id}/cancel")
        assert answer.json()["success"] is False


async def test_the_history_has_pages(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        made = [await api.created() for _ in range(5)]
        first = await api.history(limit=3)
        second = await api.history(limit=3, cursor=first["next_cursor"])
        assert [entry["jobId"] for entry in (*first["jobs"], *second["jobs"])] == made[::-1]
        assert second["next_cursor"] is None
        assert (await api.client.get("/api/render/history", params={"cursor": "x"})).status_code == 400
