"""A recording host dies and comes back: what its rows say is what alerts are made of."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from ecg.live.alerts.opening import preferences_of, watch_of
from ecg.live.alerts.wanted import Channel, Wanted
from tests.live.place import Rows
from tests.live.serving import PATIENCE, live_place, recording_host

pytestmark = pytest.mark.anyio


async def test_a_camera_is_down_with_its_host_and_back_with_it(tmp_path: Path, clip: Path) -> None:
    async with live_place(tmp_path) as place:
        shutil.copy(clip, tmp_path / "videos" / "clip.mp4")
        database = place.spine.database
        rows, told = Rows(database), list[tuple[str, str]]()

        async def send(**message: Any) -> None:
            told.append((message["template"], message["values"]["camera"]))

        watch = watch_of(place.settings, database, send)
        # no worker is there, and this machine's disk may be as full as it likes
        rules = {"worker_down": {"enabled": False}, "disk_low": {"enabled": False}}
        wanted = Wanted.model_validate({"rules": rules, "cooldown_seconds": 0})
        mail = Channel(kind="email", to="kim@example.com")
        preferences = preferences_of(place.settings, database)
        await preferences.put("here", wanted.model_copy(update={"channels": [mail]}))
        await place.add("front", f"file://{tmp_path}/videos/clip.mp4")
        async with recording_host(place):
            await place.until("front", "live")
            assert await watch.round()
            assert told == []
        # a minute later
        await rows.execute(
            "UPDATE cameras SET last_segment_at = last_segment_at - 61000, updated_at = updated_at - 61000,"
            " created_at = created_at - 61000"
        )
        await watch.round()
        await watch.round()
        assert told == [("alert-camera-down", "front")]
        async with recording_host(place), asyncio.timeout(PATIENCE):
            while len(told) < 2:
                await watch.round()
                await asyncio.sleep(0.2)
        assert told[1:] == [("alert-camera-down-over", "front")]
        events = (await place.good("GET", "/events/front"))["events"]
        assert all(event["source"] == "stream" for event in events)
