"""An old client's exact requests get the exact shapes back.

Requests and shapes are those of the contract, field by field. What we have added since may come along; what
the contract names must be there, and of its type.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from types import NoneType
from typing import Any

import httpx2
import pytest

from ecg.jobs.callbacks.signature import Signature
from tests.exports.serving import RenderStandIn
from tests.gateway.place import PASSWORD, Place, opened
from tests.web.serving import serving

pytestmark = pytest.mark.anyio

SCENARIO = {
    "cues": [{"text": "…", "start": 1.0, "end": 3.0, "style": {"fontSize": "32px", "color": "white"}}]
}
CREATE = {
    "videoUrl": "https://host.example/BigBuckBunny.mp4",
    "scenario": SCENARIO,
    "options": {"width": 1280, "height": 720, "fps": 30, "quality": 90, "format": "mp4"},
}
USER = {"id": str, "username": str, "email": str}
SIGNED_IN = {"access_token": str, "token_type": "bearer", "user": USER}
ANALYSIS = {"job_id": str, "status": str, "progress": int}
RENDER_STATUS = {
    "jobId": str,
    "status": str,
    "progress": int,
    "estimatedTimeRemaining": (int, NoneType),
    "startedAt": (str, NoneType),
    "completedAt": (str, NoneType),
    "downloadUrl": (str, NoneType),
    "fileSize": (int, NoneType),
    "duration": (float, NoneType),
    "error": (str, NoneType),
    "errorCode": (str, NoneType),
}
SPEECH_RESULT = {
    "text": "You",
    "language": "en",
    "duration": 120.5,
    "segments": [
        {
            "start_time": 4.91,
            "end_time": 8.75,
            "text": "You",
            "speaker": {"speaker_id": "SPEAKER_01", "confidence": 0.9},
            "emotion": {"emotion": "happy", "confidence": 0.7},
            "words": [
                {
                    "word": "You",
                    "start": 4.908,
                    "end": 4.988,
                    "score": 0.93,
                    "volume_db": -19.9,
                    "pitch_hz": 210.4,
                }
            ],
        }
    ],
    "speakers": {"SPEAKER_01": {"total_duration": 45.2, "segment_count": 12}},
    "metadata": {
        "model_version": "whisperx-base",
        "processing_time": 45.2,
        "unique_speakers": 3,
        "total_segments": 42,
    },
}


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Place]:
    async with serving(RenderStandIn().app()) as renderer:
        fields = {"RENDER_SERVER_URL": f"http://{renderer}", "RENDER_QUOTA_DAILY": 2}
        async with opened(tmp_path_factory.mktemp("contract"), **fields) as found:
            yield found


def check(answer: httpx2.Response, status: int, shape: object) -> Any:
    """The body, which has that shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    fits(body, shape, "")
    return body


def fits(value: Any, shape: Any, where: str) -> None:
    if isinstance(shape, dict):
        assert isinstance(value, dict), where
        for name, inner in shape.items():
            assert name in value, f"{where}/{name}"
            fits(value[name], inner, f"{where}/{name}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for item in value:
            fits(item, shape[0], f"{where}/…")
    elif isinstance(shape, type | tuple):
        assert isinstance(value, shape), f"{where}: {value!r}"
    else:
        assert value == shape, where


async def test_accounts(place: Place) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    http = place.http
    joined = await http.post(
        "/api/auth/signup", json={"username": "jiwoo", "email": email, "password": PASSWORD}
    )
    check(joined, 201, SIGNED_IN)
    cookie = joined.headers["set-cookie"]
    assert cookie.startswith("refresh_token=")
    assert {"HttpOnly", "Secure", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    entered = check(
        await http.post("/api/auth/login", json={"email": email, "password": PASSWORD}), 200, SIGNED_IN
    )
    sent = {"Cookie": cookie.split(";")[0]}
    refreshed = await http.post("/api/auth/refresh", headers=sent)
    check(refreshed, 200, SIGNED_IN)
    bearer = {"Authorization": f"Bearer {entered['access_token']}"}
    assert check(await http.get("/api/auth/me", headers=bearer), 200, USER)["email"] == email
    sent = {"Cookie": refreshed.headers["set-cookie"].split(";")[0]}
    assert (await http.post("/api/auth/logout", headers=sent)).status_code == 200
    assert (await http.post("/api/auth/refresh", headers=sent)).status_code == 401


@pytest.mark.parametrize("spelling", ["file_key", "fileKey"])
async def test_upload_and_analysis(place: Place, spelling: str) -> None:
    who = await place.person()
    link = check(
        await place.call(
            "POST",
            "/api/upload-video/generate-url",
            who,
            json={"file_name": "talk.mp4", "file_type": "video/mp4"},
        ),
        200,
        {"upload_url": str, "file_key": str, "expires_at": str},
    )
    await place.put(link | {"headers": {"Content-Type": "video/mp4"}}, b"no video, but no worker looks")
    begun = check(
        await place.call("POST", "/api/upload-video/request-process", who, json={spelling: link["file_key"]}),
        200,
        {"message": str, "job_id": str},
    )
    path = f"/api/upload-video/status/{begun['job_id']}"
    check(await place.call("GET", path, who), 200, ANALYSIS | {"job_id": begun["job_id"]})


async def test_callbacks_of_the_speech_server(place: Place) -> None:
    news = {
        "job_id": "unknown",
        "status": "completed",
        "progress": 100,
        "message": "…",
        "result": SPEECH_RESULT,
    }
    answer = await told(place, "/api/upload-video/result", news)
    check(answer, 200, {"status": "ignored", "reason": str})


async def test_exports(place: Place) -> None:
    who = await place.person()
    made = check(
        await place.call("POST", "/api/render/create", who, json=CREATE),
        200,
        {"jobId": str, "estimatedTime": int, "createdAt": str},
    )
    path = f"/api/render/{made['jobId']}"
    check(await place.call("GET", f"{path}/status", who), 200, RENDER_STATUS)
    check(await place.call("POST", f"{path}/cancel", who), 200, {"success": bool, "message": str})
    history = await place.call("GET", "/api/render/history?limit=10", who)
    assert check(history, 200, {"jobs": [{"jobId": str, "status": str}]})["jobs"]
    news = {"job_id": made["jobId"], "status": "processing", "progress": 10, "message": "…"}
    check(await told(place, "/api/render/callback", news), 200, {"status": str})


async def test_refusals_of_exports(place: Place) -> None:
    who = await place.person()
    for number in range(2):
        more = {**CREATE, "videoUrl": f"https://host.example/{number}.mp4"}
        check(await place.call("POST", "/api/render/create", who, json=more), 200, {})
    refusal = {
        "error": "QUOTA_EXCEEDED",
        "code": "RENDER_QUOTA_DAILY_EXCEEDED",
        "message": str,
        "quota_type": "daily",
    }
    check(await place.call("POST", "/api/render/create", who, json=CREATE), 429, refusal)


async def test_projects(place: Place) -> None:
    who = await place.person()
    made = await place.made("/api/projects", who, {"name": "trip", "scenario": SCENARIO})
    path, version = f"/api/projects/{made['id']}", made["version"]
    body = {"scenario": SCENARIO, "name": "another"}
    saved = await place.call("PUT", path, who, json=body, headers={"If-Match": str(version)})
    shape = {"id": made["id"], "version": version + 1, "updated_at": str, "sync_status": "synced"}
    check(saved, 200, shape)
    stale = await place.call("PUT", path, who, json=body, headers={"If-Match": str(version)})
    assert stale.status_code == 412
    assert stale.json()["current"]["version"] == version + 1
    stale = await place.call("PUT", path, who, json={**body, "version": version})
    assert stale.status_code == 409
    check(await place.call("GET", "/api/projects", who), 200, {"projects": [{"id": str}]})
    check(await place.call("GET", path, who), 200, {"id": str, "version": int, "scenario": dict})
    assert (await place.call("DELETE", path, who)).status_code == 204


async def told(place: Place, path: str, news: dict[str, Any]) -> httpx2.Response:
    """A callback, signed as our servers sign theirs."""
    body = httpx2.Request("POST", "http://server", json=news).content
    headers = Signature(place.settings.secret("callback")).headers(f"msg_{secrets.token_hex(4)}", body)
    return await place.http.post(path, content=body, headers=headers)
