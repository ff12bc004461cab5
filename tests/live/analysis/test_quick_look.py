"""Quick looks: the newest live segment over HTTP, events with a cooldown, an end when the camera changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from sqlalchemy import text

from ecg.database import Record
from ecg.jobs.states import State
from ecg.live.analysis.registering import register_quick_look
from ecg.live.cameras import repository as cameras
from ecg.live.cameras.schemas import AnalysisSettings
from ecg.live.hls.playlist import Segment, Window, render
from ecg.live.places import places_of
from tests.live.analysis.clips import Clip, blackened, during, write_clip
from tests.live.analysis.engines.stand_in import Say, StandIn, stand_in
from tests.live.analysis.place import T0, TENANT, Place, place

pytestmark = pytest.mark.anyio

SECOND = 1000
BLACK = Clip("black", 1, (during(0, 9, blackened),))
ROOM = Clip("room", 1)
FIRE = {
    "category": "fire",
    "severity": "critical",
    "start": 0,
    "end": 1,
    "description": "flames on the shelf",
    "confidence": 0.9,
}


@pytest.fixture(scope="module")
def model() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server


@pytest.fixture(scope="module")
async def here(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str, model: StandIn
) -> AsyncIterator[Place]:
    options: dict[str, Any] = {"openai_base_url": f"{model.url}/v1", "openai_model": "made-up"}
    async with place(tmp_path_factory.mktemp("looks"), **options) as made:
        yield made


async def claimed(here: Place, camera_id: str, **analysis: Any) -> Record:
    """A camera as a recording process holds it."""
    await here.camera(camera_id, **{"quick_look_seconds": 1, **analysis})
    async with here.database.write() as connection:
        await connection.execute(
            text("UPDATE cameras SET wanted = :yes, boot_id = 'boot1', state = 'live' WHERE camera_id = :id"),
            {"yes": True, "id": camera_id},
        )
        row = await cameras.find(connection, TENANT, camera_id)
    assert row is not None
    return row


async def show(here: Place, camera_id: str, clip: Clip, at: int, folder: Path) -> None:
    """The camera's newest segment."""
    number = (at - T0) // SECOND
    whole = await asyncio.to_thread(write_clip, clip, folder / f"{camera_id}-{number}.mp4")
    hls = places_of(here.settings, TENANT, camera_id)
    hls.make()
    name = f"0badcafe-{number:06}.ts"
    _as_transport_stream(whole, hls.hls / name)
    window = Window(target=1, sequence=number, segments=(Segment(name, SECOND, at, discontinuity=True),))
    (hls.hls / "live.m3u8").write_text(render(window))


def _as_transport_stream(source: Path, target: Path) -> None:
    with av.open(str(source)) as read, av.open(str(target), "w", format="mpegts") as write:
        stream = write.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(read.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                write.mux(packet)


async def events(here: Place, camera_id: str, fewest: int) -> list[Any]:
    """The camera's events, as soon as there are so many."""
    async with asyncio.timeout(250):
        while True:
            found = await here.all(
                "SELECT * FROM monitoring_events WHERE camera_id = :id ORDER BY at", id=camera_id
            )
            if len(found) >= fewest:
                return found
            await asyncio.sleep(0.05)


async def looks(here: Place, job_id: str, more: int) -> None:
    """Until so many more looks were done."""
    async with asyncio.timeout(250):
        seen: set[int] = set()
        while len(seen) <= more:
            (row,) = await here.all("SELECT available_at FROM jobs WHERE job_id = :id", id=job_id)
            seen.add(row.available_at)
            await asyncio.sleep(0.05)


async def end(here: Place, camera_id: str, job_id: str) -> None:
    async with here.database.write() as connection:
        await cameras.change(connection, TENANT, camera_id)  # another revision
    await here.jobs.wake(TENANT, job_id)
    view = await here.ended(job_id)
    assert (view.state, view.attempt > 0) == (State.DONE, True)


async def test_a_blind_camera_is_told_once_within_the_cooldown(here: Place, tmp_path: Path) -> None:
    row = await claimed(here, "dark")
    await show(here, "dark", BLACK, T0, tmp_path)
    job_id = (await register_quick_look(here.jobs, row)).view.job_id
    (event,) = await events(here, "dark", 1)
    assert (event.source, event.category) == ("quick_look", "camera_black")
    assert T0 <= event.at < T0 + SECOND
    assert here.store.head(event.still_key) is not None
    await show(here, "dark", BLACK, T0 + 100 * SECOND, tmp_path)
    await looks(here, job_id, 2)
    assert len(await events(here, "dark", 1)) == 1
    await show(here, "dark", BLACK, T0 + 301 * SECOND, tmp_path)
    assert len(await events(here, "dark", 2)) == 2
    await end(here, "dark", job_id)


async def test_a_model_is_shown_the_picture(here: Place, model: StandIn, tmp_path: Path) -> None:
    model.script = [Say({"summary": "Fire.", "incidents": [FIRE]})]
    row = await claimed(here, "shop", engine="openai", prompt="fire")
    await show(here, "shop", ROOM, T0, tmp_path)
    job_id = (await register_quick_look(here.jobs, row)).view.job_id
    (event,) = await events(here, "shop", 1)
    assert (event.category, event.severity, event.method) == ("fire", "critical", "made-up")
    used = await here.all("SELECT frames, tokens FROM vision_days WHERE camera_id = 'shop'")
    assert used[0].frames >= 1
    await end(here, "shop", job_id)


async def test_a_model_that_is_away_ends_nothing(here: Place, model: StandIn, tmp_path: Path) -> None:
    model.script = [Say(status=503)]
    row = await claimed(here, "lane", engine="openai")
    await show(here, "lane", ROOM, T0, tmp_path)
    job_id = (await register_quick_look(here.jobs, row)).view.job_id
    await looks(here, job_id, 2)
    assert (await here.jobs.load(TENANT, job_id)).state in (State.PENDING, State.PROCESSING)
    await end(here, "lane", job_id)


async def test_a_camera_that_shows_nothing_yet_is_asked_again(here: Place, tmp_path: Path) -> None:
    row = await claimed(here, "slow")
    job_id = (await register_quick_look(here.jobs, row)).view.job_id
    await show(here, "slow", BLACK, T0, tmp_path)
    await events(here, "slow", 1)
    await end(here, "slow", job_id)


async def test_a_segment_that_is_damaged_ends_nothing(here: Place, tmp_path: Path) -> None:
    row = await claimed(here, "torn")
    await show(here, "torn", ROOM, T0, tmp_path)
    (segment,) = places_of(here.settings, TENANT, "torn").hls.glob("*.ts")
    segment.write_bytes(b"G" + bytes(3000))
    job_id = (await register_quick_look(here.jobs, row)).view.job_id
    await looks(here, job_id, 1)
    (job,) = await here.all("SELECT message FROM jobs WHERE job_id = :id", id=job_id)
    assert job.message == "the last look failed: INVALID_VIDEO_FORMAT"
    await show(here, "torn", BLACK, T0 + SECOND, tmp_path)
    await events(here, "torn", 1)
    await end(here, "torn", job_id)


async def test_it_is_one_job_a_claim(here: Place) -> None:
    row = await claimed(here, "twice", quick_look_seconds=0)
    first, second = [await register_quick_look(here.jobs, row) for _ in range(2)]
    assert (first.created, second.created) == (True, False)
    view = await here.ended(first.view.job_id)
    assert view.result == {"reason": "it is not to be looked at"}


def test_forty_five_seconds_unless_somebody_says_otherwise() -> None:
    assert AnalysisSettings().quick_look_seconds == 45
