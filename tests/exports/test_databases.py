"""Exports and their usage on each database: what SQL alone could get wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ecg.exports.upkeep import look_after
from ecg.jobs.states import State
from tests.exports.serving import Running, running, signed_in

pytestmark = pytest.mark.anyio


async def pages(api: Running, path: str, field: str, user: str, **query: Any) -> list[dict[str, Any]]:
    """All entries of a list that comes two at a time."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await api.client.get(path, params={"limit": 2, **query, **cursor}, headers=signed_in(user))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page[field]) <= 2
        found += page[field]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_many_ends_at_once_are_counted_once_each(database_url: str, tmp_path: Path) -> None:
    async with running(tmp_path, DATABASE_URL=database_url) as api:
        mine = [await api.created() for _ in range(5)]
        others = {user: await api.created(user) for user in ("colleague", "stranger")}
        news = [*mine * 3, *others.values()]
        told = await asyncio.gather(*(api.tell(job_id, "completed", duration=60) for job_id in news))
        assert Counter(answer.json()["status"] for answer in told) == {"ok": 7, "ignored": 10}

        history = await pages(api, "/api/render/history", "jobs", "me")
        assert [entry["jobId"] for entry in history] == mine[::-1]
        assert {entry["status"] for entry in history} == {"completed"}
        own = (await api.client.get("/api/usage")).json()["totals"]["export"]
        assert (own["succeeded"], own["minutes"]) == (5, 5.0)
        days = await pages(api, "/api/admin/usage", "days", "admin")
        assert [(day["user_id"], day["total"]) for day in days] == [
            *(("stranger", 1), ("colleague", 1), ("me", 5))
        ]
        quotas = (await api.client.get("/api/render/quotas")).json()
        assert [quotas[name]["used"] for name in ("daily", "concurrent", "minutes")] == [5, 0, 5.0]


async def test_ends_of_which_no_news_came_are_found(database_url: str, tmp_path: Path) -> None:
    async with running(tmp_path, DATABASE_URL=database_url) as api:
        done, running_, lost = [await api.created() for _ in range(3)]
        await api.live(done, State.DONE, result={"size": 1, "duration": 30.0})
        await api.live(running_, State.PROCESSING, progress=5)
        api.renderer.states[lost] = {"status": "failed", "errorCode": "RENDER_ERROR", "error": "자막 😀"}
        await look_after(api.exports, silent_seconds=-1)
        entries = {entry["jobId"]: entry for entry in (await api.history())["jobs"]}
        assert [entries[job]["status"] for job in (done, lost)] == ["completed", "failed"]
        assert (await api.status(lost))["error"] == "자막 😀"
        assert entries[running_]["completedAt"] is None
