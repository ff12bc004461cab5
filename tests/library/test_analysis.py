"""From an upload to a project, and what comes between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from ecg.library.keys import project_id_of
from ecg.projects import Projects
from tests.database.requests import statements_by_request
from tests.library.place import ME, Place, place
from tests.library.speech_server import WORDS, heard
from tests.media.clips import clip

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def here(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Place]:
    """One on each database."""
    async with place(tmp_path_factory.mktemp("library"), database_url=database_url) as made:
        yield made


async def test_an_upload_becomes_a_project(here: Place) -> None:
    file_key = await here.uploaded()
    job_id = await here.process(file_key, language="en")
    assert await here.process(file_key, language="en") == job_id  # asked twice
    ended = await here.ended(job_id)
    assert (ended["status"], ended["progress"], ended["error_code"]) == ("completed", 100, None)
    assert ended["result"] == heard()
    calls = [call for call in here.speech.calls if call["job_id"] == job_id]
    assert [(call["language"], call["fastapi_base_url"]) for call in calls] == [
        ("en", here.settings.fastapi_base_url)
    ]
    assert here.speech.videos[-1] == clip("plain").read_bytes()
    assert await here.fetch(ended["video_url"]) == clip("plain").read_bytes()
    projects = Projects(here.jobs.database, here.settings)
    project = await projects.get("acme", "ann", ended["project_id"])
    assert ended["project_id"] == project_id_of(job_id)
    assert project.name == "clip.mp4"
    shown = json.dumps(project.scenario)
    assert all(word in shown for word in WORDS)
    assert await here.process(file_key, language="en") == job_id  # it is done, and stays so
    assert await here.process(file_key, language="ko") != job_id


async def test_a_poll_costs_no_sql(here: Place) -> None:
    job_id = await here.process(await here.uploaded())
    await here.ended(job_id)
    with statements_by_request(here.jobs.database) as sent:
        upload = await here.post("/generate-url", {"file_name": "a.mp4", "file_type": "video/mp4"})
        poll = await here.get(f"/status/{job_id}")
    assert poll.json()["status"] == "completed"
    assert sent[upload.headers["X-Request-ID"]] > 0
    assert sent[poll.headers["X-Request-ID"]] == 0


@pytest.mark.parametrize("callbacks", ["none", "thrice in reverse"])
async def test_callbacks_may_be_lost_or_come_in_any_order(here: Place, callbacks: str) -> None:
    here.speech.callbacks, before, asked = callbacks, len(here.speech.answers), here.speech.asked
    ended = await here.ended(await here.process(await here.uploaded()))
    assert (ended["status"], ended["result"]) == ("completed", heard())
    await asyncio.gather(*here.speech.sending)
    here.speech.callbacks = "once"
    answers = here.speech.answers[before:]
    assert {status for status, _ in answers} <= {200}
    if callbacks == "none":
        assert here.speech.asked > asked
    else:
        assert [answer["status"] for _, answer in answers] == ["received", *["ignored"] * 11]


async def test_the_old_spelling_of_the_key(here: Place) -> None:
    answer = await here.post("/request-process", {"fileKey": await here.uploaded()})
    assert answer.status_code == 200
    assert set(answer.json()) == {"message", "job_id"}
    await here.ended(answer.json()["job_id"])


async def test_many_ask_at_once_and_it_is_one_job(here: Place) -> None:
    file_key = await here.uploaded()
    jobs = await asyncio.gather(*(here.process(file_key) for _ in range(8)))
    assert len(set(jobs)) == 1
    assert (await here.ended(jobs[0]))["status"] == "completed"
    assert len([call for call in here.speech.calls if call["job_id"] == jobs[0]]) == 1


class TestWhoCallsBack:
    async def test_nobody_else_is_believed(self, here: Place) -> None:
        job_id = await here.process(await here.uploaded())
        news = {"job_id": job_id, "status": "failed", "error_code": "FORGED", "error_message": "forged"}
        forged = {"webhook-id": "msg_1", "webhook-timestamp": "1700000000", "webhook-signature": "v1,AAAA"}
        for headers in ({}, {"authorization": f"Bearer {ME}"}, forged):
            answer = await here.http.post("/api/upload-video/result", json=news, headers=headers)
            assert answer.status_code == 401
        path = f"/api/upload-video/callbacks/{'x' * 43}/api/upload-video/result"
        assert (await here.http.post(path, json=news)).status_code == 401
        assert (await here.ended(job_id))["status"] == "completed"

    async def test_news_of_nothing_are_ignored_and_nonsense_refused(self, here: Place) -> None:
        base = str(here.settings.fastapi_base_url)
        await here.speech.tell(base, {"job_id": "unknown", "status": "processing", "progress": 5})
        ignored = {"status": "ignored", "reason": "there is no such job"}
        assert here.speech.answers[-1:] == [(200, ignored)]
        refused: tuple[object, ...] = ({"status": "processing"}, {"job_id": "x", "status": "dancing"}, [])
        for nonsense in refused:
            await here.speech.tell(base, nonsense)
        assert [status for status, _ in here.speech.answers[-3:]] == [400] * 3


class TestOwners:
    @pytest.mark.parametrize("who", ["acme/bob", "other/ann", "other/zoe"])
    async def test_nobody_else_sees_or_changes_anything(self, here: Place, who: str) -> None:
        file_key = await here.uploaded()
        assert (await here.post("/request-process", {"file_key": file_key}, who)).status_code == 404
        job_id = await here.process(file_key)
        assert (await here.get(f"/status/{job_id}", who)).status_code == 404
        assert (await here.post(f"/cancel/{job_id}", None, who)).status_code == 404
        assert (await here.ended(job_id))["status"] == "completed"

    async def test_a_cancelled_analysis_has_ended(self, here: Place) -> None:
        here.speech.plan = "busy"
        file_key = await here.uploaded()
        job_id = await here.process(file_key)
        assert (
            await here.post("/request-process", {"file_key": file_key, "language": "ko"})
        ).status_code == 409
        answer = await here.post(f"/cancel/{job_id}")
        assert answer.json()["success"] is True
        ended = await here.ended(job_id)
        here.speech.plan = "well"
        assert (ended["status"], ended["error_code"]) == ("failed", "CANCELLED")
        again = await here.process(file_key)
        assert again != job_id
        assert (await here.ended(again))["status"] == "completed"
