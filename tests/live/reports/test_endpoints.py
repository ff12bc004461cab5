"""Events, figures and reports over HTTP, behind the whole API server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.gateway.place import Person, Place, opened
from tests.live.place import HOUR, MINUTE, T0, Rows, incident

pytestmark = pytest.mark.anyio

PREFIX = "/api/live-monitoring"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Place]:
    async with opened(tmp_path_factory.mktemp("reports")) as found:
        yield found


@pytest.fixture(scope="module")
async def who(place: Place) -> Person:
    """Somebody whose camera had a day."""
    person = await place.person()
    rows = Rows(place.app.state.projects.database)
    tenant: dict[str, Any] = {"tenant_id": person.principal.tenant_id}
    await rows.camera("door", wanted=False, **tenant)
    await rows.camera("empty", wanted=False, **tenant)
    await rows.archive(T0, T0 + HOUR, **tenant)
    found = [incident(T0 + MINUTE, still_key="stills/a.jpg"), incident(T0 + 2 * MINUTE, category="crowd")]
    await rows.analysis(T0, T0 + HOUR, 80, found, **tenant)
    await rows.event(T0 + HOUR, severity="low", **tenant)
    await rows.trouble(T0 + HOUR, T0 + 2 * HOUR, **tenant)
    return person


async def good(place: Place, who: Person, path: str, **query: Any) -> Any:
    answer = await place.call("GET", f"{PREFIX}{path}", who, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_events_as_the_contract_has_them(place: Place, who: Person) -> None:
    found = await good(place, who, "/events/door")
    assert [event["source"] for event in found["events"]].count("archive") == 2
    latest = (await good(place, who, "/events/door/latest"))["event"]
    assert latest == found["events"][0]
    assert (await good(place, who, "/events/empty/latest")) == {"event": None}
    page = await good(place, who, "/events", limit=3)
    rest = await good(place, who, "/events", cursor=page["next_cursor"])
    assert page["events"] + rest["events"] == found["events"]
    severe = await good(place, who, "/events/door", severity="high", source="archive")
    assert {event["category"] for event in severe["events"]} == {"fall", "crowd"}
    early = await good(
        place, who, "/events/door", **{"from": "2026-03-10T09:00:00+09:00", "to": "2026-03-10T00:02:00Z"}
    )
    assert [event["category"] for event in early["events"]] == ["fall"]


async def test_a_day_as_people_read_it(place: Place, who: Person) -> None:
    found = await good(place, who, "/daily-report/door", date="2026-03-10", tz="Asia/Seoul", locale="ko")
    assert found["start"] == "2026-03-09T15:00:00.000Z"
    assert found["score_mean"] == 80
    assert found["score_curve"] == [{"at": "2026-03-10T00:00:00.000Z", "score": 80}]
    assert found["incidents_by_category"] == {"fall": 1, "crowd": 1}
    assert found["incidents_by_hour"][9] == 2
    assert found["coverage"]["recorded_seconds"] == 3600
    assert found["coverage"]["day_seconds"] == 86400
    assert found["coverage"]["recorded_ratio"] == pytest.approx(1 / 24, abs=1e-4)
    assert [gap["reason"] for gap in found["gaps"]] == ["off", "stall"]
    assert "/files/" in found["worst"][0]["still_url"]
    assert "80점" in found["summary"]
    empty = await good(place, who, "/daily-report/empty", date="2026-03-10")
    assert (empty["score_mean"], empty["summary"]) == (None, "Nothing was recorded on this day.")


async def test_figures(place: Place, who: Person) -> None:
    found = await good(place, who, "/stats/door", days=1)
    assert found["today"]["incidents_by_severity"] == {"low": 0, "medium": 0, "high": 0, "critical": 0}
    assert found["mean_score"] is None
    assert found["uptime_ratio"] == 0


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/events/nobody", 404, "NOT_FOUND"),
        ("/events/nobody/latest", 404, "NOT_FOUND"),
        ("/stats/nobody", 404, "NOT_FOUND"),
        ("/daily-report/nobody", 404, "NOT_FOUND"),
        ("/events/..%2f..%2fetc", 404, "NOT_FOUND"),
        ("/events/a'b", 422, "INVALID_REQUEST"),
        ("/daily-report/door?tz=Mars", 400, "UNKNOWN_TIME_ZONE"),
        ("/daily-report/door?tz=../../etc/passwd", 400, "UNKNOWN_TIME_ZONE"),
        ("/daily-report/door?date=yesterday", 422, "INVALID_REQUEST"),
        ("/daily-report/door?date=9999-12-31", 400, "INVALID_INPUT"),
        ("/daily-report/door?date=0001-01-01&tz=Asia/Seoul", 400, "INVALID_INPUT"),
        ("/events?from=2026-03-10T00:00:00", 422, "INVALID_REQUEST"),
        ("/events?from=2026-03-11T00:00:00Z&to=2026-03-10T00:00:00Z", 400, "INVALID_INPUT"),
        ("/events?cursor=1.a'b", 400, "INVALID_INPUT"),
        ("/events?limit=0", 422, "INVALID_REQUEST"),
        ("/events?severity=terrible", 422, "INVALID_REQUEST"),
        ("/stats/door?days=32", 422, "INVALID_REQUEST"),
    ],
)
async def test_bad_input_is_one_clear_error(
    place: Place, who: Person, path: str, status: int, code: str
) -> None:
    answer = await place.call("GET", f"{PREFIX}{path}", who)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_reports_are_behind_a_token(place: Place) -> None:
    for path in ("/events", "/events/door", "/stats/door", "/daily-report/door", "/alerts", "/workers"):
        assert (await place.http.get(f"{PREFIX}{path}")).status_code == 401
