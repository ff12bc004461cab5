"""A camera recorded from end to end: real FFmpeg, real files, a playlist that another parser reads."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import m3u8
import psutil
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record
from ecg.live.cameras import repository
from ecg.live.hls.playlist import parse
from ecg.live.places import CameraPlaces, places_of
from ecg.live.recording.host import Host
from ecg.media.probe import probe
from tests.live.serving import PATIENCE, LivePlace, live_place, make_clip, recording_host

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(tmp_path: Path, clip: Path) -> AsyncIterator[LivePlace]:
    async with live_place(tmp_path) as found:
        shutil.copy(clip, tmp_path / "videos" / "clip.mp4")
        yield found


def camera_url(place: LivePlace, name: str = "clip.mp4") -> str:
    return f"file://{place.settings.camera_files}/{name}"


def files_of(place: LivePlace, camera_id: str) -> CameraPlaces:
    return places_of(place.settings, "here", camera_id)


async def segments(place: LivePlace, camera_id: str, at_least: int) -> Any:
    """The playlist, as soon as so many segments have been made."""
    async with asyncio.timeout(PATIENCE):
        while True:
            playlist = m3u8.loads(await place.playlist(camera_id))
            if (playlist.media_sequence or 0) + len(playlist.segments) >= at_least:
                return playlist
            await asyncio.sleep(0.1)


async def archives(place: LivePlace, camera_id: str, at_least: int) -> dict[str, Any]:
    """The timeline of the last hour, as soon as it has so many recordings."""
    async with asyncio.timeout(PATIENCE):
        while True:
            now = datetime.now(UTC)
            span = {"from": (now - timedelta(hours=1)).isoformat(), "to": now.isoformat()}
            found = await place.good("GET", f"/timeline/{camera_id}", params=span)
            if len(found["archives"]) >= at_least:
                return found
            await asyncio.sleep(0.2)


def ffmpeg_of(host: Host) -> psutil.Process:
    (kept,) = host.cameras.values()
    running = kept.recorder._session
    assert running is not None
    child = running._session.child
    assert child is not None
    return psutil.Process(child.pid)


async def test_a_camera_is_shown_recorded_and_stopped(place: LivePlace) -> None:
    async with recording_host(place):
        added = await place.add("front", camera_url(place), archive_seconds=10)
        assert added["state"] == "starting"
        status = await place.until("front", "live")
        assert (status["codec"], status["width"], status["transcoding"]) == ("h264", 320, False)
        playlist = await segments(place, "front", 4)
        assert playlist.target_duration == 1
        await segments_can_be_fetched(place, playlist)
        await place.good("POST", "/stop-hls-stream/front")
        await place.until_held_by("front", None)
        assert not (files_of(place, "front").hls / "live.m3u8").exists()
        found = await archives(place, "front", 1)
    last = found["archives"][-1]
    assert last["file_name"].startswith("archive_")
    assert sum(one["seconds"] for one in found["archives"]) >= 3.9
    recorded = sum(
        probe(files_of(place, "front").archive / one["file_name"]).duration or 0 for one in found["archives"]
    )
    assert recorded == pytest.approx(sum(one["seconds"] for one in found["archives"]), abs=0.6)
    jobs = await place.good("GET", "/analysis-jobs", params={"camera_id": "front"})
    assert {job["archive_id"] for job in jobs["jobs"]} == {one["id"] for one in found["archives"]}
    assert list(files_of(place, "front").open.iterdir()) == []


async def segments_can_be_fetched(place: LivePlace, playlist: Any) -> None:
    base = "/api/live-monitoring/hls/front/"
    uri = str(playlist.segments[-1].uri)
    answer = await place.http.get(base + uri, headers={"Authorization": ""})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, max-age=3600, immutable"
    assert answer.headers["content-type"] == "video/mp2t"
    assert answer.content[0] == 0x47, "a transport stream begins with its sync byte"
    name, _, ticket = uri.partition("?ticket=")
    for wrong, status in (
        (name, 401),
        (f"{name}?ticket=x", 401),
        (f"..%2f..%2fecg.db?ticket={ticket}", 404),
        (f"live.m3u8.part?ticket={ticket}", 400),
        (f".live.m3u8.part?ticket={ticket}", 400),
        (f"00000000-000001.ts?ticket={ticket}", 404),
    ):
        refused = await place.http.get(base + wrong, headers={"Authorization": ""})
        assert refused.status_code == status, (wrong, refused.text)
    other = await place.http.get(f"/api/live-monitoring/hls/back/{name}?ticket={ticket}")
    assert other.status_code == 401


async def test_a_recorder_that_is_killed_goes_on_with_the_same_sequences(place: LivePlace) -> None:
    async with recording_host(place) as host:
        await place.add("front", camera_url(place), archive_seconds=3600)
        await place.until("front", "live")
        before = await segments(place, "front", 3)
        ffmpeg_of(host).send_signal(signal.SIGKILL)
        after = await segments(place, "front", before.media_sequence + len(before.segments) + 3)
        await place.until("front", "live")
        numbers = {str(one.uri): after.media_sequence + at for at, one in enumerate(after.segments)}
        for at, one in enumerate(before.segments):
            name = str(one.uri).partition("?")[0]
            assert next(number for uri, number in numbers.items() if uri.startswith(name)) == at
        assert sum(bool(one.discontinuity) for one in after.segments) == 1
        status = await place.good("GET", "/status/front")
        assert status["reconnects"] == 1
        found = await archives(place, "front", 1)
        events = await place.good("GET", "/events/front")
    assert found["archives"][0]["seconds"] > 1.5, "what was recorded before is there"
    assert any(event["kind"] == "reconnect" for event in events["events"])


async def test_a_camera_that_freezes_is_found_by_its_progress(place: LivePlace) -> None:
    async with recording_host(place) as host:
        await place.add("front", camera_url(place))
        await place.until("front", "live")
        await segments(place, "front", 2)
        frozen = ffmpeg_of(host)
        frozen.send_signal(signal.SIGSTOP)
        await place.until("front", "stalled", "retrying")
        status = await place.until("front", "live")
        assert status["stalls"] == 1
        assert not frozen.is_running()


async def test_another_process_goes_on_where_one_ended(place: LivePlace) -> None:
    async with recording_host(place, "one"):
        await place.add("front", camera_url(place))
        await place.until("front", "live")
        await segments(place, "front", 3)
    before = parse((files_of(place, "front").hls / "live.m3u8").read_text())
    async with recording_host(place, "two"):
        await place.until_held_by("front", "two")
        await segments(place, "front", before.next_sequence + 2)
        after = parse((files_of(place, "front").hls / "live.m3u8").read_text())
    assert after.segments[: len(before.segments)] == before.segments
    assert after.segments[len(before.segments)].discontinuity


async def test_what_a_killed_process_left_is_registered_once(place: LivePlace, clip: Path) -> None:
    """Files as a killed `ecg live` leaves them: one that was closed, one that was cut off, one of nothing."""
    await place.add("front", camera_url(place), enabled=False)
    await place.good("PUT", "/cameras/front", json={"enabled": True})
    folder = files_of(place, "front").open
    folder.mkdir(parents=True)
    began = int((datetime.now(UTC) - timedelta(minutes=5)).timestamp() * 1000)
    closed, cut = folder / "0a1b2c3d-00000.mp4", folder / "0a1b2c3d-00001.mp4"
    closed.write_bytes(clip.read_bytes())
    closed.with_name(f"{closed.name}.json").write_text(f'{{"start": {began}, "end": {began + 6000}}}')
    whole = fragmented(clip)
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "0a1b2c3d.json").write_text(f'{{"start": {began + 6000}, "end": null}}')
    nothing = folder / "ffffffff-00000.mp4"
    nothing.write_bytes(b"\0" * 100)
    for file in (closed, cut, nothing):
        os.utime(file, (began / 1000, began / 1000))
    async with recording_host(place):
        found = await archives(place, "front", 2)
        async with asyncio.timeout(PATIENCE):
            while closed.exists() or cut.exists() or nothing.exists():
                await asyncio.sleep(0.1)
    first, second = found["archives"][:2]
    assert (first["seconds"], first["end"]) == (6.0, second["start"])
    assert 2 < second["seconds"] < 6
    assert (await archives(place, "front", 2))["archives"][:2] == [first, second]


def fragmented(clip: Path) -> bytes:
    """The clip as a recorder writes it."""
    import subprocess

    command = ["ffmpeg", "-v", "error", "-i", str(clip), "-c", "copy", "-f", "mp4"]
    command += ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "pipe:1"]
    return subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


async def test_what_browsers_cannot_play_is_encoded_anew(place: LivePlace, tmp_path: Path) -> None:
    make_clip(tmp_path / "videos" / "long.mp4", seconds=12, gop=180, sound=False)
    async with recording_host(place):
        await place.add("slow", camera_url(place, "long.mp4"))
        status = await place.until("slow", "live")
        playlist = await segments(place, "slow", 3)
        async with asyncio.timeout(PATIENCE):
            while not (status := await place.good("GET", "/status/slow"))["transcoding"]:
                await asyncio.sleep(0.2)
    assert "key frames" in status["transcoding_reason"]
    del playlist


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("text.mp4", b"this is no video at all\n" * 100, "CAMERA_STREAM_NOT_UNDERSTOOD"),
        ("list.mp4", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "CAMERA_STREAM_NOT_UNDERSTOOD"),
    ],
)
async def test_what_is_no_video_is_one_clear_error(
    place: LivePlace, name: str, content: bytes, code: str
) -> None:
    assert place.settings.camera_files is not None
    (place.settings.camera_files / name).write_bytes(content)
    async with recording_host(place):
        await place.add("odd", camera_url(place, name))
        status = await place.until("odd", "failed")
    assert status["error_code"] == code
    assert str(place.settings.data_dir) not in str(status["error_message"])


async def test_a_camera_where_none_may_be_is_one_clear_error(place: LivePlace) -> None:
    async with recording_host(place):
        await place.add("cloud", "http://169.254.169.254/latest/meta-data")
        status = await place.until("cloud", "failed")
        assert status["error_code"] == "CAMERA_ADDRESS_NOT_ALLOWED"


async def test_a_lease_that_a_clock_ended_makes_no_second_recorder(
    place: LivePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = repository.renew

    async def ended(connection: AsyncConnection, boot_id: str, _lease_ms: int) -> Sequence[Record]:
        return await renew(connection, boot_id, -3_600_000)

    async with recording_host(place) as host:
        await place.add("front", camera_url(place))
        await place.until("front", "live")
        (kept,) = host.cameras.values()
        recorder = ffmpeg_of(host)
        monkeypatch.setattr(repository, "renew", ended)
        await host._keep()
        (still,) = host.cameras.values()
        assert still is kept
        assert ffmpeg_of(host) == recorder
