"""Recordings over HTTP: links that need no token, ranges of bytes, one file of a time."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ecg.live.archives import repository
from ecg.live.places import places_of
from ecg.media.probe import probe
from tests.live.serving import LivePlace, live_place

pytestmark = pytest.mark.anyio

BEGAN = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""
CLIP_MS = 6000


@pytest.fixture
async def place(tmp_path: Path, clip: Path) -> AsyncIterator[LivePlace]:
    """Two recordings that follow each other, and a third after a gap."""
    async with live_place(tmp_path) as found:
        await found.add("front", "rtsp://10.0.0.7/1", enabled=False)
        folder = places_of(found.settings, "here", "front").archive
        folder.mkdir(parents=True)
        for number, start in enumerate((BEGAN, BEGAN + CLIP_MS, BEGAN + 60_000)):
            name = f"archive_20260101_00000{number}.mp4"
            shutil.copy(clip, folder / name)
            async with found.spine.database.write() as connection:
                await repository.add(
                    connection,
                    archive_id=f"{number:032x}",
                    tenant_id="here",
                    camera_id="front",
                    file_name=name,
                    started_at=start,
                    ended_at=start + CLIP_MS,
                    size=clip.stat().st_size,
                    host="one",
                    analyse=False,
                )
        yield found


def at(seconds: float) -> str:
    return datetime.fromtimestamp(BEGAN / 1000 + seconds, UTC).isoformat()


def span(start: float, end: float) -> dict[str, str]:
    return {"from": at(start), "to": at(end)}


async def fetched(place: LivePlace, url: str, **headers: str) -> Any:
    return await place.http.get(url, headers={"Authorization": "", **headers})


async def test_a_link_gives_the_recording_and_ranges_of_it(place: LivePlace, clip: Path) -> None:
    link = await place.good("GET", f"/archives/front/{0:032x}/link")
    whole = await fetched(place, link["url"])
    assert (whole.status_code, whole.content) == (200, clip.read_bytes())
    assert whole.headers["content-type"] == "video/mp4"
    assert "archive_20260101_000000.mp4" in whole.headers["content-disposition"]
    part = await fetched(place, link["url"], Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, clip.read_bytes()[100:200])
    beyond = await fetched(place, link["url"], Range="bytes=99999999-")
    assert beyond.status_code == 416


async def test_a_link_opens_one_recording_alone(place: LivePlace) -> None:
    url = (await place.good("GET", f"/archives/front/{0:032x}/link"))["url"]
    for wrong in (url.replace(f"{0:032x}", f"{1:032x}"), url.partition("?")[0], f"{url}x"):
        answer = await fetched(place, wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "TICKET_NOT_VALID")
    for path in (f"/archives/front/{9:032x}/link", f"/archives/back/{0:032x}/link"):
        assert (await place.call("GET", path)).status_code == 404
    stranger = await place.call("GET", f"/archives/front/{0:032x}/link", who="stranger")
    assert stranger.status_code == 404
    assert (await place.call("GET", "/archives/front/..%2F..%2Fecg/link")).status_code in (404, 422)


async def test_a_time_is_one_file_cut_at_key_frames(place: LivePlace, tmp_path: Path) -> None:
    link = await place.good("GET", "/download/front", params=span(2.5, 9))
    answer = await fetched(place, link["url"])
    assert answer.status_code == 200
    file = tmp_path / "cut.mp4"
    file.write_bytes(answer.content)
    found = probe(file)
    assert found.require_video().codec == "h264"
    assert found.duration == pytest.approx(7, abs=1.1), "from the key frame before 2.5 s to 9 s"


async def test_what_cannot_be_downloaded_is_one_clear_error(place: LivePlace) -> None:
    for times, status, code in (
        (span(20, 50), 404, "NOT_FOUND"),
        (span(9, 2), 400, "INVALID_INPUT"),
        (span(0, 13 * 3600), 400, "INVALID_INPUT"),
        ({"from": "yesterday", "to": at(9)}, 422, "INVALID_REQUEST"),
        ({"from": "0001-01-01T00:00:00Z", "to": at(9)}, 400, "INVALID_INPUT"),
    ):
        answer = await place.call("GET", "/download/front", params=times)
        assert (answer.status_code, answer.json()["code"]) == (status, code), times


async def test_the_timeline_shows_recordings_and_what_is_missing(place: LivePlace) -> None:
    found = await place.good("GET", "/timeline/front", params=span(-10, 100))
    assert [one["seconds"] for one in found["archives"]] == [6, 6, 6]
    assert found["archives"][0]["start"] == "2026-01-01T00:00:00.000Z"
    assert found["gaps"] == [], "the camera is younger than that"
    kept = await place.good("PUT", f"/archives/front/{0:032x}/keep", json={"kept": True})
    assert kept["kept"]
    stranger = await place.call("PUT", f"/archives/front/{0:032x}/keep", who="stranger", json={"kept": False})
    assert stranger.status_code == 404


async def test_links_lead_to_the_recording_host_where_that_is_elsewhere(tmp_path: Path) -> None:
    async with live_place(tmp_path, LIVE_URL="https://live.example/") as place:
        await place.add("front", "rtsp://10.0.0.7/1")
        link = await place.good("GET", "/playlist-link/front")
    assert link["playlist_url"].startswith(
        "https://live.example/api/live-monitoring/hls/front/live.m3u8?ticket="
    )
