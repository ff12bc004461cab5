"""From an upload to a project, and everything that the speech server may do on the way."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ecg.library.keys import project_id_of
from ecg.projects import Projects
from tests.library.place import ME, free_port, place
from tests.library.speech_server import WORDS, heard
from tests.media.clips import clip


def test_an_upload_becomes_a_project(tmp_path: Path) -> None:
    async def run() -> None:
        async with place(tmp_path) as here:
            file_key = await here.uploaded()
            job_id = await here.process(file_key, language="en")
            assert await here.process(file_key, language="en") == job_id  # asked twice
            ended = await here.ended(job_id)
            assert (ended["status"], ended["progress"], ended["error_code"]) == ("completed", 100, None)
            assert ended["result"] == heard()
            call = here.speech.calls[0]
            assert len(here.speech.calls) == 1
            assert (call["job_id"], call["language"]) == (job_id, "en")
            assert call["fastapi_base_url"] == here.settings.fastapi_base_url
            assert here.speech.videos == [clip("plain").read_bytes()]
            assert (await here.http.get(ended["video_url"])).content == clip("plain").read_bytes()
            project = await Projects(here.jobs.database, here.settings).get(
                "acme", "ann", ended["project_id"]
            )
            assert ended["project_id"] == project_id_of(job_id)
            assert project.name == "clip.mp4"
            shown = json.dumps(project.scenario)
            assert all(word in shown for word in WORDS)
            statements = here.jobs.database.statements
            await here.status(job_id)
            assert here.jobs.database.statements == statements

    asyncio.run(run())


FAILURES = [
    ("500", "ML_SERVER_ERROR"),
    ("garbage", "ML_SERVER_ERROR"),
    ("no", "UNSUPPORTED_LANGUAGE"),
    ("fails", "NO_SPEECH"),
    ("slow", "TIMEOUT_ERROR"),
    ("hangs", "TIMEOUT_ERROR"),
    ("forgets", "ML_SERVER_ERROR"),
    ("garbage status", "ML_SERVER_ERROR"),
]
"""How the speech server behaves, and the code with which the job fails."""


def test_whatever_goes_wrong_there_ends_the_job_with_its_code(tmp_path: Path) -> None:
    async def run() -> None:
        async with place(tmp_path, ml_api_timeout=1, ml_api_attempts=2, ml_breaker_failures=1000) as here:
            file_key = await here.uploaded()
            for plan, code in FAILURES:
                here.speech.plan = plan
                here.speech.callbacks = "none" if plan in ("hangs", "garbage status") else "once"
                ended = await here.ended(await here.process(file_key))
                assert (plan, ended["status"], ended["error_code"]) == (plan, "failed", code)
                assert ended["error_message"]
            here.speech.plan, here.speech.callbacks = "well", "once"
            assert (await here.ended(await here.process(file_key)))["status"] == "completed"

    asyncio.run(run())


@pytest.mark.parametrize("callbacks", ["none", "thrice in reverse"])
def test_callbacks_may_be_lost_or_come_in_any_order(tmp_path: Path, callbacks: str) -> None:
    async def run() -> None:
        async with place(tmp_path) as here:
            here.speech.callbacks = callbacks
            job_id = await here.process(await here.uploaded())
            ended = await here.ended(job_id)
            assert (ended["status"], ended["result"]) == ("completed", heard())
            await asyncio.gather(*here.speech.sending)
            said = [answer["status"] for _, answer in here.speech.answers]
            assert {status for status, _ in here.speech.answers} <= {200}
            if callbacks == "none":
                assert here.speech.asked >= 1
            else:
                assert said == ["received", *["ignored"] * 11]

    asyncio.run(run())


def test_a_server_that_is_away_opens_the_breaker(tmp_path: Path) -> None:
    async def run() -> None:
        async with place(
            tmp_path,
            model_server_url=f"http://127.0.0.1:{free_port()}",
            ml_api_attempts=2,
            ml_breaker_failures=3,
        ) as here:
            file_key = await here.uploaded()
            for _ in range(3):
                ended = await here.ended(await here.process(file_key))
                assert (ended["status"], ended["error_code"]) == ("failed", "CONNECTION_ERROR")
            assert (await here.breaker.status()).state == "open"
            assert "is not asked now" in ended["error_message"]

    asyncio.run(run())


def test_the_breaker_closes_by_itself(tmp_path: Path) -> None:
    async def run() -> None:
        settings: dict[str, Any] = {"ml_api_attempts": 2, "ml_breaker_failures": 2, "ml_breaker_seconds": 0.5}
        async with place(tmp_path, **settings) as here:
            file_key = await here.uploaded()
            here.speech.plan = "500"
            ended = await here.ended(await here.process(file_key))
            assert ended["error_code"] == "ML_SERVER_ERROR"
            assert (await here.breaker.status()).state != "closed"
            here.speech.plan = "well"
            await asyncio.sleep(0.6)  # the time that it stays open
            assert (await here.ended(await here.process(file_key)))["status"] == "completed"
            assert (await here.breaker.status()).state == "closed"

    asyncio.run(run())


class TestCallbacks:
    def test_nobody_else_is_believed(self, tmp_path: Path) -> None:
        async def run() -> None:
            async with place(tmp_path, worker=False) as here:
                job_id = await here.process(await here.uploaded())
                news = {"job_id": job_id, "status": "completed", "progress": 100, "result": heard()}
                for headers in ({}, {"authorization": f"Bearer {ME}"}):
                    answer = await here.http.post("/api/upload-video/result", json=news, headers=headers)
                    assert answer.status_code == 401
                forged = {
                    "webhook-id": "msg_1",
                    "webhook-timestamp": "1700000000",
                    "webhook-signature": "v1,AAAA",
                }
                answer = await here.http.post("/api/upload-video/result", json=news, headers=forged)
                assert answer.status_code == 401
                token = "x" * 43
                path = f"/api/upload-video/callbacks/{token}/api/upload-video/result"
                assert (await here.http.post(path, json=news)).status_code == 401

        asyncio.run(run())

    def test_a_server_that_signs_nothing_works_where_it_is_allowed(self, tmp_path: Path) -> None:
        async def run() -> None:
            async with place(tmp_path, ml_callbacks="token", analysis_poll_seconds=60) as here:
                here.speech.signed = False
                job_id = await here.process(await here.uploaded())
                assert (await here.ended(job_id))["status"] == "completed"
                assert {status for status, _ in here.speech.answers} == {200}
                base = here.speech.calls[0]["fastapi_base_url"]
                news = {"job_id": "another", "status": "processing", "progress": 5}
                answer = await here.http.post(f"{base}/api/upload-video/result", json=news)
                assert answer.status_code == 401

        asyncio.run(run())


class TestOwners:
    @pytest.mark.parametrize("who", ["acme/bob", "other/ann", "other/zoe"])
    def test_nobody_else_sees_or_changes_anything(self, tmp_path: Path, who: str) -> None:
        async def run() -> None:
            async with place(tmp_path, worker=False) as here:
                file_key = await here.uploaded()
                body = {"file_key": file_key}
                assert (await here.post("/request-process", body, who)).status_code == 404
                job_id = await here.process(file_key)
                assert (await here.get(f"/status/{job_id}", who)).status_code == 404
                assert (await here.post(f"/cancel/{job_id}", None, who)).status_code == 404
                assert (await here.status(job_id))["status"] == "pending"

        asyncio.run(run())

    def test_a_cancelled_analysis_has_ended(self, tmp_path: Path) -> None:
        async def run() -> None:
            async with place(tmp_path, worker=False) as here:
                file_key = await here.uploaded()
                job_id = await here.process(file_key)
                answer = await here.post(f"/cancel/{job_id}")
                assert answer.json()["success"] is True
                ended: dict[str, Any] = await here.ended(job_id)
                assert (ended["status"], ended["error_code"]) == ("failed", "CANCELLED")
                assert await here.process(file_key) != job_id

        asyncio.run(run())
