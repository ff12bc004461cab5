"""What we write is read by a program that is not ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ecg.captions.formats import read, write
from tests.captions.formats.samples import ANALYSIS, SRT, WEBVTT

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="FFmpeg is the other program")


def as_ffmpeg_reads_it(path: Path) -> list[tuple[str, str]]:
    """Start and bare text of every cue."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-f", "srt", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    found = re.findall(
        r"(\d\d:\d\d:\d\d,\d\d)\d --> .*\n((?:.+\n)+)", done.stdout.decode().replace("\r\n", "\n")
    )
    return [(start, re.sub(r"<[^<>]*>|\{\\an\d\}", "", text).strip()) for start, text in found]


@pytest.mark.parametrize("fmt", ["srt", "vtt", "ass"])
@pytest.mark.parametrize(("name", "data"), [("a.json", ANALYSIS), ("a.srt", SRT), ("a.vtt", WEBVTT)])
def test_ffmpeg_reads_the_same_cues(tmp_path: Path, fmt: str, name: str, data: bytes) -> None:
    scenario = read(data, name=name).scenario
    path = tmp_path / f"out.{fmt}"
    path.write_bytes(write(scenario, fmt))
    expected = [cue.text.replace("<3", "") for cue in scenario.cues]
    found = as_ffmpeg_reads_it(path)
    assert [text.replace("<3", "") for _, text in found] == expected
    hundredths = [round(cue.start * 100) for cue in scenario.cues]
    assert [start for start, _ in found] == [
        f"{h // 360000:02d}:{h // 6000 % 60:02d}:{h // 100 % 60:02d},{h % 100:02d}" for h in hundredths
    ]
