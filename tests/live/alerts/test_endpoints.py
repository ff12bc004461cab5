"""Alerts, their settings and workers over HTTP, behind the whole API server."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ecg.jobs import worker_repository
from ecg.live.alerts import repository
from ecg.live.alerts.rules import WORKERS
from ecg.live.analysis.registering import QUEUE
from tests.gateway.place import Person, Place, opened
from tests.live.place import T0, Rows

pytestmark = pytest.mark.anyio

PREFIX = "/api/live-monitoring"
SECRET = "https://hooks.slack.example/services/T0/B0/S3CRET"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Place]:
    async with opened(tmp_path_factory.mktemp("alerts")) as found:
        yield found


async def good(place: Place, who: Person, method: str, path: str, **more: Any) -> Any:
    answer = await place.call(method, f"{PREFIX}{path}", who, **more)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def test_settings_begin_with_defaults_and_hide_their_secrets(place: Place) -> None:
    who = await place.person()
    usual = await good(place, who, "GET", "/alert-settings")
    assert usual["channels"] == []
    assert usual["rules"]["camera_down"] == {"enabled": True, "seconds": 60}
    change = {
        "locale": "ko",
        "time_zone": "Asia/Seoul",
        "channels": [{"kind": "slack", "to": SECRET}, {"kind": "email", "to": "kim@example.com"}],
        "rules": {"disk_low": {"percent": 5}, "severe_incident": {"severity": "critical"}},
    }
    kept = await good(place, who, "PUT", "/alert-settings", json=change)
    assert [channel["to"] for channel in kept["channels"]] == [
        "https://hooks.slack.example/***",
        "kim@example.com",
    ]
    assert kept["rules"]["disk_low"] == {"enabled": True, "percent": 5}
    assert await good(place, who, "GET", "/alert-settings") == kept
    assert await good(place, who, "PUT", "/alert-settings", json=kept) == kept


@pytest.mark.parametrize(
    ("change", "status", "code", "where"),
    [
        ({"time_zone": "Mars"}, 400, "UNKNOWN_TIME_ZONE", "/time_zone"),
        ({"channels": [{"kind": "email", "to": "nobody"}]}, 400, "INVALID_MESSAGE", "/channels/0/to"),
        ({"channels": [{"kind": "slack", "to": "ftp://x"}]}, 400, "URL_NOT_ALLOWED", "/channels/0/to"),
        ({"channels": [{"kind": "pigeon", "to": "x"}]}, 422, "INVALID_REQUEST", "/channels/0/kind"),
        ({"rules": {"camera_down": {"seconds": 1}}}, 422, "INVALID_REQUEST", "/rules/camera_down/seconds"),
        ({"nonsense": 1}, 422, "INVALID_REQUEST", "/nonsense"),
    ],
)
async def test_what_cannot_be_kept_is_refused_with_its_place(
    place: Place, change: dict[str, Any], status: int, code: str, where: str
) -> None:
    who = await place.person()
    answer = await place.call("PUT", f"{PREFIX}/alert-settings", who, json=change)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["where"]) == (status, code, where)


async def test_a_channel_is_tried_once_a_minute(place: Place) -> None:
    who = await place.person()
    change = {"channels": [{"id": "mail", "kind": "email", "to": who.email}]}
    await good(place, who, "PUT", "/alert-settings", json=change)
    for _ in range(3):
        answer = await place.call("POST", f"{PREFIX}/alert-settings/channels/mail/test", who)
        assert answer.status_code == 202
    messages = place.app.state.messages
    log = await messages.log(tenant_id=who.principal.tenant_id)
    # a minute may have ended in between
    assert 1 <= len(log.messages) <= 2
    assert {message.template for message in log.messages} == {"alert-test"}
    answer = await place.call("POST", f"{PREFIX}/alert-settings/channels/other/test", who)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_alerts_are_listed_in_pages_and_in_the_organisations_language(place: Place) -> None:
    who = await place.person()
    await good(place, who, "PUT", "/alert-settings", json={"locale": "ko"})
    database = place.app.state.projects.database
    await Rows(database).camera("door", tenant_id=who.principal.tenant_id, wanted=False)
    details: dict[str, dict[str, Any]] = {
        "camera_down": {"camera": "정문", "reason": None},
        "worker_down": {"alive": 0, "least": 1},
        "severe_incident": {"camera": "정문", "category": "fall", "description": "somebody fell"},
    }
    for rule, values in details.items():
        async with database.write() as connection:
            await repository.open_alert(
                connection,
                tenant_id=who.principal.tenant_id,
                alert_id=f"alr-{secrets.token_hex(16)}",
                rule=rule,
                subject=WORKERS if rule == "worker_down" else "door",
                open_key=rule,
                camera_id=None if rule == "worker_down" else "door",
                severity="high",
                state="seen" if rule == "severe_incident" else "firing",
                details=json.dumps(values),
                since=T0,
                over_at=T0 if rule == "severe_incident" else None,
            )
    found = await good(place, who, "GET", "/alerts", params={"limit": 2})
    assert [alert["title"] for alert in found["alerts"]] == [
        "정문: 넘어짐 (심각도 높음)",
        "녹화 분석 작업자가 부족합니다",
    ]
    assert (found["alerts"][0]["state"], found["alerts"][0]["over_at"]) == ("seen", None)
    assert (found["alerts"][1]["notified_at"], found["alerts"][1]["channels"]) == (None, 0)
    rest = await good(place, who, "GET", "/alerts", params={"cursor": found["next_cursor"]})
    assert [alert["title"] for alert in rest["alerts"]] == ["카메라 정문 영상이 끊겼습니다"]
    assert rest["alerts"][0]["since"] == "2026-03-10T00:00:00.000Z"
    of_camera = await good(place, who, "GET", "/alerts", params={"camera_id": "door", "state": "firing"})
    assert [alert["rule"] for alert in of_camera["alerts"]] == ["camera_down"]
    for query, status in (({"cursor": "x"}, 400), ({"camera_id": "gate"}, 404)):
        answer = await place.call("GET", f"{PREFIX}/alerts", who, params=query)
        assert answer.status_code == status


async def test_workers_are_alive_silent_or_lost(place: Place) -> None:
    who = await place.person()
    rows = Rows(place.app.state.projects.database)
    now = await rows.now()
    for name in ("w-alive", "w-lost", "w-silent"):
        async with rows.database.write() as connection:
            await worker_repository.add(
                connection,
                boot_id=name,
                worker_id=name,
                host="there",
                pid=1,
                queues=["uploads", QUEUE],
                slots=2,
            )
    await rows.execute("UPDATE job_workers SET lost_at = :now WHERE boot_id = 'w-lost'", now=now)
    await rows.execute(
        "UPDATE job_workers SET heartbeat_at = :then WHERE boot_id = 'w-silent'", then=now - 100_000
    )
    # others that this machine may have do not matter
    found = (await good(place, who, "GET", "/workers"))["workers"]
    mine = {worker["name"]: worker for worker in found if worker["host"] == "there"}
    assert {name: worker["state"] for name, worker in mine.items()} == {
        "w-alive": "alive",
        "w-lost": "lost",
        "w-silent": "silent",
    }
    assert [worker["alive"] for worker in mine.values()] == [True, False, False]
    assert mine["w-silent"]["heartbeat_age_seconds"] >= 100
    assert (mine["w-alive"]["slots"], mine["w-alive"]["queues"]) == (2, ["uploads", QUEUE])


async def test_the_gateway_watches_by_itself(place: Place) -> None:
    rows = Rows(place.app.state.projects.database)
    async with asyncio.timeout(60):
        while not await rows.all("SELECT holder FROM watch_leases"):
            await asyncio.sleep(0.1)
        while not (disks := await rows.all("SELECT free_bytes, total_bytes FROM disk_reports")):
            await asyncio.sleep(0.1)
    assert 0 < disks[0].free_bytes < disks[0].total_bytes
