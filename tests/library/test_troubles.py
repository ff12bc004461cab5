"""What the speech server may do wrong: the job ends right, with the code of the contract."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.library.place import free_port, place

pytestmark = pytest.mark.anyio

FAILURES = [
    ("500", "ML_SERVER_ERROR"),
    ("garbage", "ML_SERVER_ERROR"),
    ("no", "UNSUPPORTED_LANGUAGE"),
    ("fails", "NO_SPEECH"),
    ("forgets", "ML_SERVER_ERROR"),
]
"""How the speech server behaves, and the code with which the job fails."""
SILENCE = [("slow", "TIMEOUT_ERROR"), ("hangs", "TIMEOUT_ERROR"), ("garbage status", "ML_SERVER_ERROR")]
"""The same, where ML_API_TIMEOUT has to pass."""


@pytest.mark.parametrize(("plans", "seconds"), [(FAILURES, 60), (SILENCE, 3)])
async def test_whatever_goes_wrong_there_ends_the_job_with_its_code(
    plans: list[tuple[str, str]], seconds: float, tmp_path: Path
) -> None:
    async with place(tmp_path, ml_api_timeout=seconds, ml_api_attempts=2, ml_breaker_failures=1000) as here:
        file_key = await here.uploaded()
        for plan, code in plans:
            here.speech.plan = plan
            here.speech.callbacks = "none" if plan in ("hangs", "garbage status") else "once"
            ended = await here.ended(await here.process(file_key))
            assert (plan, ended["status"], ended["error_code"]) == (plan, "failed", code)
            assert ended["error_message"]


async def test_a_server_that_stands_still_does_not_hold_a_job_for_ever(tmp_path: Path) -> None:
    async with place(tmp_path, analysis_hours=1 / 3600) as here:
        here.speech.plan = "busy"
        ended = await here.ended(await here.process(await here.uploaded()))
        assert (ended["status"], ended["error_code"]) == ("failed", "TIMEOUT_ERROR")


async def test_a_server_that_is_away_opens_the_breaker(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    fields: dict[str, Any] = {"ml_api_attempts": 2, "ml_breaker_failures": 3, "ml_breaker_seconds": 600.0}
    async with place(tmp_path, model_server_url=nowhere, **fields) as here:
        file_key = await here.uploaded()
        states = []
        for _ in range(3):
            ended = await here.ended(await here.process(file_key))
            assert (ended["status"], ended["error_code"]) == ("failed", "CONNECTION_ERROR")
            states.append((await here.breaker.status()).state)
        assert states == ["closed", "open", "open"]  # after two, four and no more failed calls
        assert "is not asked now" in ended["error_message"]


async def test_the_breaker_closes_by_itself(tmp_path: Path) -> None:
    async with place(tmp_path, ml_api_attempts=2, ml_breaker_failures=2, ml_breaker_seconds=0.5) as here:
        file_key = await here.uploaded()
        here.speech.plan = "500"
        ended = await here.ended(await here.process(file_key))
        assert ended["error_code"] == "ML_SERVER_ERROR"
        assert (await here.breaker.status()).state != "closed"
        here.speech.plan = "well"
        await asyncio.sleep(0.6)  # the time that it stays open
        assert (await here.ended(await here.process(file_key)))["status"] == "completed"
        assert (await here.breaker.status()).state == "closed"


async def test_a_server_that_signs_nothing_works_where_it_is_allowed(tmp_path: Path) -> None:
    async with place(tmp_path, ml_callbacks="token", analysis_poll_seconds=60) as here:
        here.speech.signed = False
        ended = await here.ended(await here.process(await here.uploaded()))
        assert ended["status"] == "completed"
        assert {status for status, _ in here.speech.answers} == {200}
        base = here.speech.calls[0]["fastapi_base_url"]
        await here.speech.tell(base, {"job_id": "another", "status": "processing", "progress": 5})
        assert here.speech.answers[-1][0] == 401
