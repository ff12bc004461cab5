"""A session shows whole segments, and ends where they cannot be written."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from ecg.errors import EcgError, StorageError
from ecg.live.cameras.source import parse_source
from ecg.live.hls.playlist import Segment
from ecg.live.places import CameraPlaces
from ecg.live.recording import recorded_session
from ecg.live.recording.inputs import CameraInput
from ecg.live.recording.plan import Plan
from ecg.live.recording.recorded_session import Recorded, RecordedSession

PLAN = Plan(None, "none", 1.0, 0.5, 0.0, 1)
WRITES = """#!{python}
# What FFmpeg does on a disk that becomes full: the second segment is told, and not all of it is there.
import os, re, sys, time
said = " ".join(sys.argv)
folder, session = re.search(r"\\](\\S+)/([0-9a-f]{{8}})-%06d\\.ts", said).groups()
told = int(re.search(r"pipe\\W+(\\d+)", said)[1])
for number, size in enumerate(({whole}, {cut})):
    name = f"{{session}}-{{number:06d}}.ts"
    with open(f"{{folder}}/{{name}}", "wb") as segment:
        segment.write(b"G" * size)
    os.write(told, f"{{name}},{{number}}.0,{{number + 1}}.0\\n".encode())
time.sleep(60)
"""


class Keeper:
    def __init__(self) -> None:
        self.segments: list[Segment] = []

    async def shown(self, segment: Segment, plan: Plan, *, first: bool) -> None:
        assert plan == PLAN
        assert first == (not self.segments)
        self.segments.append(segment)

    async def check_facts(self, name: str, seconds: float, plan: Plan) -> None:
        """What is not written by FFmpeg fits every plan."""

    def closed(self) -> None:
        pass


@pytest.mark.parametrize("cut", [0, 4096])
def test_a_segment_that_a_full_disk_cut_off_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    program, keeper, places = tmp_path / "ffmpeg", Keeper(), CameraPlaces(tmp_path / "camera")
    program.write_text(WRITES.format(python=sys.executable, whole=188 * 100, cut=cut))
    program.chmod(0o700)
    monkeypatch.setattr(recorded_session, "ffmpeg_program", lambda: str(program))
    places.make()
    source = parse_source("rtsp://camera.example/stream")
    camera = Recorded("here", "front", source, "tcp", 600, places, 0, None)
    session = RecordedSession(camera, PLAN, keeper)
    with pytest.raises(EcgError) as ended:
        asyncio.run(session.run(CameraInput(["-i", "nothing"])))
    assert isinstance(ended.value, StorageError)
    assert [segment.name for segment in keeper.segments] == [f"{session.name}-000000.ts"]
