"""Two organisations with a camera of the same id: each watches, reads and changes its own alone.

The gateway's matrix (`tests/gateway/test_isolation.py`) asks every route about ids that only the other one
has; here both have the same, so a query or a folder that forgets the organisation mixes them up.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from ecg.live.alerts.repository import open_alert
from ecg.live.analysis.registering import ArchivePayload, register
from ecg.live.places import places_of
from tests.gateway.place import Person, Place, opened
from tests.live.place import MINUTE, T0, Rows, incident

pytestmark = pytest.mark.anyio

PREFIX = "/api/live-monitoring"
CAMERA = "door"
SEGMENT = "0000beef-000001.ts"
PLAYLIST = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:1.0,\n{SEGMENT}\n"
DAY = {"from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}
READ: dict[str, dict[str, str]] = {
    "/cameras": {},
    f"/cameras/{CAMERA}": {},
    f"/status/{CAMERA}": {},
    f"/playlist-link/{CAMERA}": {},
    f"/timeline/{CAMERA}": DAY,
    "/analysis-jobs": {},
    f"/segment-analyses/{CAMERA}": {},
    "/events": {},
    f"/events/{CAMERA}": {},
    f"/events/{CAMERA}/latest": {},
    f"/stats/{CAMERA}": {},
    f"/daily-report/{CAMERA}": {"date": "2026-03-10"},
    "/alerts": {},
    "/alert-settings": {},
}
MARKED = set(READ) - {f"/status/{CAMERA}", f"/playlist-link/{CAMERA}", "/analysis-jobs", f"/stats/{CAMERA}"}
"""What shows something of its organisation in words; the others show figures and links."""


@dataclass(frozen=True)
class House:
    """An organisation, and the word that is in everything that it has."""

    person: Person
    mark: str

    @property
    def tenant_id(self) -> str:
        return self.person.principal.tenant_id


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Place]:
    async with opened(tmp_path_factory.mktemp("houses")) as found:
        yield found


@pytest.fixture
async def houses(place: Place) -> tuple[House, House]:
    return await house(place), await house(place)


async def house(place: Place) -> House:
    made = House(await place.person(), f"mark{secrets.token_hex(6)}")
    rows, tenant = Rows(place.app.state.projects.database), made.tenant_id
    camera = {"id": CAMERA, "name": made.mark, "url": "rtsp://10.0.0.7/1", "enabled": False}
    await place.made(f"{PREFIX}/cameras", made.person, camera)
    await good(place, made, "PUT", "/alert-settings", json={"channels": [channel(made)]})
    archive_id = await rows.archive(T0, T0 + 10 * MINUTE, CAMERA, tenant)
    await rows.execute(
        "UPDATE camera_archives SET file_name = :name WHERE archive_id = :id", name=made.mark, id=archive_id
    )
    found = [incident(T0 + MINUTE, description=made.mark)]
    await rows.analysis(T0, T0 + 10 * MINUTE, 70, found, camera_id=CAMERA, tenant_id=tenant)
    archive = ArchivePayload(
        camera_id=CAMERA, archive_id="shared", video_path="a.mp4", segment_start=T0, segment_end=T0 + 1
    )
    await register(place.app.state.messages.jobs, tenant, archive)
    async with rows.database.write() as connection:
        await open_alert(
            connection,
            tenant_id=tenant,
            alert_id=f"alr-{secrets.token_hex(16)}",
            rule="camera_down",
            subject=CAMERA,
            open_key="door is down",
            camera_id=CAMERA,
            severity="high",
            state="recovered",
            details=f'{{"camera": "{made.mark}"}}',
            since=T0,
            over_at=T0 + MINUTE,
        )
    folder = places_of(place.settings, tenant, CAMERA).hls
    folder.mkdir(parents=True)
    (folder / "live.m3u8").write_text(PLAYLIST)
    (folder / SEGMENT).write_text(made.mark)
    return made


def channel(house: House) -> dict[str, str]:
    return {"id": "mine", "kind": "email", "to": f"{house.mark}@example.com"}


async def good(place: Place, house: House, method: str, path: str, **more: Any) -> str:
    answer = await place.call(method, f"{PREFIX}{path}", house.person, **more)
    assert answer.is_success, (path, answer.text)
    return answer.text


async def everything(place: Place, house: House) -> dict[str, str]:
    return {path: await good(place, house, "GET", path, params=query) for path, query in READ.items()}


async def test_each_reads_its_own(place: Place, houses: tuple[House, House]) -> None:
    for one, other in (houses, houses[::-1]):
        seen = await everything(place, one)
        assert {path for path, text in seen.items() if one.mark in text} == MARKED
        assert [path for path, text in seen.items() if other.mark in text] == []
        assert seen["/analysis-jobs"].count('"camera_id"') == 1


async def test_tickets_lead_to_the_video_of_whoever_got_them(
    place: Place, houses: tuple[House, House]
) -> None:
    tickets = []
    for one in houses:
        answer = await place.call("GET", f"{PREFIX}/playlist-link/{CAMERA}", one.person)
        url = answer.json()["playlist_url"]
        path = url[url.index(PREFIX) :]
        tickets.append(path.split("ticket=")[1])
        playlist = await place.http.get(path)
        assert playlist.status_code == 200, playlist.text
        named = playlist.text.splitlines()[-1]
        segment = await place.http.get(f"{PREFIX}/hls/{CAMERA}/{named}")
        assert segment.text == one.mark
    mine, theirs = (ticket.split(".") for ticket in tickets)
    for forged in (
        [theirs[0], theirs[1], *mine[2:]],  # my signature over their name
        [mine[0], theirs[1], *mine[2:]],
        [*mine[:3], theirs[3]],
    ):
        refused = await place.http.get(
            f"{PREFIX}/hls/{CAMERA}/{SEGMENT}", params={"ticket": ".".join(forged)}
        )
        assert (refused.status_code, refused.json()["code"]) == (401, "TICKET_NOT_VALID")


async def test_what_one_changes_leaves_the_others_as_it_is(place: Place, houses: tuple[House, House]) -> None:
    one, other = houses
    before = await everything(place, other)
    change = {"name": f"{one.mark} too", "analysis": {"prompt": one.mark}}
    await good(place, one, "PUT", f"/cameras/{CAMERA}", json=change)
    await good(place, one, "PUT", f"/cameras/{CAMERA}", json={"enabled": True})
    await good(place, one, "POST", f"/start-hls-stream/{CAMERA}")
    await good(place, one, "POST", f"/stop-hls-stream/{CAMERA}")
    await good(place, one, "PUT", "/alert-settings", json={"channels": []})
    await good(place, one, "DELETE", f"/cameras/{CAMERA}")
    after = await everything(place, other)
    for path in (f"/playlist-link/{CAMERA}", f"/stats/{CAMERA}", f"/status/{CAMERA}"):
        before.pop(path), after.pop(path)  # what says what time it is
    assert after == before
    for path in (f"/cameras/{CAMERA}", f"/events/{CAMERA}", f"/timeline/{CAMERA}"):
        answer = await place.call("GET", f"{PREFIX}{path}", one.person, params=DAY)
        assert answer.status_code == 404, path
    assert (await place.call("GET", f"{PREFIX}/events", one.person)).json()["events"] == []


async def test_a_camera_that_was_removed_leaves_nothing_to_another_of_its_id(
    place: Place, houses: tuple[House, House]
) -> None:
    one, _ = houses
    path = f"/segment-analyses/{CAMERA}"
    assert one.mark in await good(place, one, "GET", path)
    await good(place, one, "DELETE", f"/cameras/{CAMERA}")
    again = {"id": CAMERA, "name": "new", "url": "rtsp://10.0.0.8/1", "enabled": False}
    await place.made(f"{PREFIX}/cameras", one.person, again)
    assert one.mark not in await good(place, one, "GET", path)
    assert one.mark not in await good(place, one, "GET", f"/events/{CAMERA}")
