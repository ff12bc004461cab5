"""How exports end: by callbacks, in any order and doubled, or without any; counted once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import update

from ecg.exports import repository
from ecg.exports.upkeep import look_after
from ecg.jobs.states import State
from tests.exports.serving import Running, running, signed_in

pytestmark = pytest.mark.anyio


async def usage(api: Running, user: str = "me") -> dict[str, float]:
    answer = await api.client.get("/api/usage", headers=signed_in(user))
    assert answer.status_code == 200, answer.text
    totals: dict[str, dict[str, float]] = answer.json()["totals"]
    return totals.get("export", {})


async def state(api: Running) -> str:
    (entry,) = (await api.history())["jobs"]
    return str(entry["status"])


async def test_news_come_doubled_and_in_reverse(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        job_id = await api.created()
        for _ in range(3):
            await api.tell(job_id, "completed", duration=90.0, file_size=1000)
        late = await api.tell(job_id, "processing")
        assert late.json() == {"status": "ignored", "reason": "the job has ended"}
        assert (await api.tell(job_id, "failed", error_code="RENDER_ERROR")).json()["status"] == "ignored"
        assert await state(api) == "completed"
        told = await usage(api)
        assert (told["total"], told["succeeded"], told["minutes"]) == (1, 1, 1.5)
        assert told["mean_seconds"] is not None
        assert await usage(api, "colleague") == {}


async def test_twenty_ends_at_once_count_once(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        job_id = await api.created()
        await asyncio.gather(*(api.tell(job_id, "completed", duration=60) for _ in range(20)))
        assert (await usage(api))["total"] == 1


async def test_only_signed_news_are_believed(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        job_id = await api.created()
        body = {"job_id": job_id, "status": "completed"}
        unsigned = await api.client.post("/api/render/callback", json=body)
        assert unsigned.status_code == 401
        forged = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        answer = await api.client.post("/api/render/callback", json=body, headers=forged)
        assert answer.status_code == 401
        assert await state(api) == "queued"
        assert (await api.tell("somebody-elses", "completed")).json()["status"] == "ignored"
        assert (await api.tell(job_id, "exploded")).status_code == 400


async def test_a_failure_is_told_with_its_code_and_a_cancel_is_no_failure(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        failed, cancelled = [await api.created() for _ in range(2)]
        await api.tell(failed, "processing")
        await api.tell(failed, "failed", error_code="INVALID_VIDEO_FORMAT", error_message="no video\0")
        await api.tell(cancelled, "failed", error_code="CANCELLED")
        newest, oldest = (await api.history())["jobs"]
        assert newest["status"] == "cancelled"
        assert (oldest["status"], oldest["errorCode"]) == ("failed", "INVALID_VIDEO_FORMAT")
        told = await usage(api)
        assert (told["failed"], told["cancelled"], told["minutes"]) == (1, 1, 0)


async def test_news_that_stay_away_are_asked_for(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        job_id = await api.created()
        api.renderer.states[job_id] = {"status": "completed", "duration": 12.5, "fileSize": 7}
        assert await look_after(api.exports, silent_seconds=-1) == 1
        assert await state(api) == "completed"
        assert await look_after(api.exports, silent_seconds=-1) == 0


async def test_the_live_state_tells_too(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        job_id = await api.created()
        await api.live(job_id, State.FAILED, error_code="RENDERING_TIMEOUT", error_message="too slow")
        await look_after(api.exports, silent_seconds=-1)
        assert await state(api) == "failed"


async def test_a_reservation_that_nobody_knows_ends(tmp_path: Path) -> None:
    async with running(tmp_path, RENDER_QUOTA_CONCURRENT=1, RENDER_API_TIMEOUT=0.3) as api:
        api.renderer.mood = "slow"
        answer = await api.create()
        assert (answer.status_code, answer.json()["code"]) == (504, "TIMEOUT_ERROR")
        assert (await api.create()).json()["quota_type"] == "concurrent"  # it may yet begin
        api.renderer.mood = "well"
        await look_after(api.exports, silent_seconds=-1)
        assert await state(api) == "queued"
        async with api.spine.database.write() as connection:
            await connection.execute(
                update(repository.exports).values(created_at=repository.exports.c.created_at - 301_000)
            )
        await look_after(api.exports, silent_seconds=-1)
        assert (await api.history())["jobs"] == []
        await api.created()


async def test_administrators_see_the_usage_of_all(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        for user in ("me", "colleague", "stranger"):
            await api.tell(await api.created(user), "completed", duration=60)
        refused = await api.client.get("/api/admin/usage")
        assert refused.status_code == 403
        seen: list[str] = []
        cursor = None
        while True:
            answer = await api.client.get(
                "/api/admin/usage",
                params={"limit": 1} | ({"cursor": cursor} if cursor else {}),
                headers=signed_in("admin"),
            )
            page = answer.json()
            seen += [day["user_id"] for day in page["days"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert seen == ["stranger", "colleague", "me"]
        answer = await api.client.get(
            "/api/admin/usage", params={"tenant_id": "here"}, headers=signed_in("admin")
        )
        assert {day["user_id"] for day in answer.json()["days"]} == {"me", "colleague"}
        for bad in ({"cursor": "x"}, {"from": "2024-01-02", "to": "2024-01-01"}, {"from": "1999-01-01"}):
            answer = await api.client.get("/api/admin/usage", params=bad, headers=signed_in("admin"))
            assert answer.status_code == 400
