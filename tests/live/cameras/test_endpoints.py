"""Cameras over HTTP: of one organisation, without their passwords, one clear error for what is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ecg.live.cameras.repository import cameras
from tests.live.serving import LivePlace, live_place

pytestmark = pytest.mark.anyio

URL = "rtsp://admin:hunter22@10.0.0.7/stream?token=hunter22"
SHOWN = "rtsp://***@10.0.0.7/stream?token=***"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[LivePlace]:
    async with live_place(tmp_path) as found:
        yield found


async def test_a_camera_is_added_shown_changed_and_removed(place: LivePlace) -> None:
    added = await place.add("front", URL, keep_days=3)
    assert (added["url"], added["keep_days"], added["archive_seconds"]) == (SHOWN, 3, 600)
    assert (added["state"], added["wanted"], added["analysis"]["engine"]) == ("starting", True, "local")
    changed = await place.good("PUT", "/cameras/front", json={"name": "Front door", "url": SHOWN})
    assert (changed["name"], changed["url"], changed["keep_days"]) == ("Front door", SHOWN, 3)
    assert (await place.good("GET", "/cameras"))["cameras"] == [changed]
    assert (await place.call("DELETE", "/cameras/front")).status_code == 204
    assert (await place.call("GET", "/cameras/front")).status_code == 404


async def test_a_url_as_it_was_shown_stays_what_it_was(place: LivePlace) -> None:
    await place.add("front", URL)
    service = place.app.state.cameras
    await place.good("PUT", "/cameras/front", json={"url": SHOWN})
    assert service.source_of(await service.get("here", "front")).url == URL
    await place.good("PUT", "/cameras/front", json={"url": "rtsp://10.0.0.8/1"})
    assert service.source_of(await service.get("here", "front")).url == "rtsp://10.0.0.8/1"


async def test_passwords_are_in_no_answer_and_no_column(place: LivePlace) -> None:
    await place.add("front", URL)
    for path in ("/cameras", "/cameras/front", "/status/front"):
        assert "hunter22" not in (await place.call("GET", path)).text
    async with place.spine.database.read() as connection:
        rows = (await connection.execute(cameras.select())).all()
    assert "hunter22" not in str(rows)


async def test_two_cameras_of_one_id_are_a_conflict_but_not_of_two_organisations(place: LivePlace) -> None:
    await place.add("front", URL)
    again = await place.call("POST", "/cameras", json={"id": "front", "name": "x", "url": URL})
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    other = await place.call(
        "POST", "/cameras", who="stranger", json={"id": "front", "name": "theirs", "url": URL}
    )
    assert other.status_code == 201
    assert (await place.good("GET", "/cameras/front"))["name"] == "front"


async def test_a_colleague_sees_it_and_a_stranger_does_not(place: LivePlace) -> None:
    await place.add("front", URL)
    assert (await place.call("GET", "/cameras/front", who="colleague")).status_code == 200
    for method, path in (
        ("GET", "/cameras/front"),
        ("GET", "/status/front"),
        ("GET", "/playlist-link/front"),
        ("POST", "/start-hls-stream/front"),
        ("POST", "/stop-hls-stream/front"),
        ("GET", "/timeline/front?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"),
        ("DELETE", "/cameras/front"),
    ):
        answer = await place.call(method, path, who="stranger")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path
    assert (await place.call("GET", "/cameras/front")).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "ftp://10.0.0.7/1"}, 400, "CAMERA_URL_NOT_VALID"),
        ({"url": "concat:a|b"}, 400, "CAMERA_URL_NOT_VALID"),
        ({"url": "rtsp://10.0.0.7/1 -i /etc/passwd"}, 400, "CAMERA_URL_NOT_VALID"),
        ({"id": "../front"}, 422, "INVALID_REQUEST"),
        ({"name": "a\nb"}, 422, "INVALID_REQUEST"),
        ({"archive_seconds": 5}, 422, "INVALID_REQUEST"),
        ({"transport": "carrier pigeon"}, 422, "INVALID_REQUEST"),
        ({"analysis": {"engine": "astrology"}}, 422, "INVALID_REQUEST"),
        ({"surprise": 1}, 422, "INVALID_REQUEST"),
    ],
)
async def test_what_is_wrong_is_one_clear_error(
    place: LivePlace, body: dict[str, object], status: int, code: str
) -> None:
    answer = await place.call("POST", "/cameras", json={"name": "x", "url": "rtsp://10.0.0.7/1", **body})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await place.good("GET", "/cameras"))["cameras"] == []


async def test_the_limit_is_told(tmp_path: Path) -> None:
    async with live_place(tmp_path, MAX_CAMERAS=1) as place:
        await place.add("one", URL)
        answer = await place.call("POST", "/cameras", json={"name": "two", "url": URL})
        assert (answer.status_code, answer.json()["code"]) == (409, "CAMERA_LIMIT_REACHED")


async def test_a_repeated_request_makes_no_second_camera(place: LivePlace) -> None:
    headers = {"Idempotency-Key": "once", "Authorization": "Bearer me"}
    body = {"name": "x", "url": URL}
    url = "/api/live-monitoring/cameras"
    answers = [await place.http.post(url, json=body, headers=headers) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert len((await place.good("GET", "/cameras"))["cameras"]) == 1


async def test_recording_is_started_and_stopped(place: LivePlace) -> None:
    await place.add("front", URL, enabled=False)
    refused = await place.call("POST", "/start-hls-stream/front")
    assert (refused.status_code, refused.json()["code"]) == (409, "CAMERA_DISABLED")
    await place.good("PUT", "/cameras/front", json={"enabled": True})
    assert (await place.good("GET", "/cameras/front"))["wanted"]
    stopped = await place.good("POST", "/stop-hls-stream/front")
    assert stopped == {"camera_id": "front", "state": "off"}
    started = await place.good("POST", "/start-hls-stream/front")
    assert started["state"] == "starting"
    assert started["playlist_url"].startswith("/api/live-monitoring/hls/front/live.m3u8?ticket=")


async def test_nobody_looks_while_no_recording_host_runs(
    place: LivePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecg.live.look_requests.ANSWER_SECONDS", 1.0)
    answer = await place.call("POST", "/cameras/test", json={"url": URL})
    assert (answer.status_code, answer.json()["code"]) == (503, "RECORDING_HOST_AWAY")
    nothing = await place.call("POST", "/cameras/test", json={})
    assert nothing.status_code == 400
