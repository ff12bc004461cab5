"""What is missing from recordings, and what is there twice, is found by the numbers on the frames."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.live_faults.archive_frames import Found, frames_in
from tests.services.rtsp_camera import Clip, ClipKind, make_clip

KIND = ClipKind(width=320, height=180, seconds=6)
ROUND = 1_700_000_000 // KIND.seconds * KIND.seconds
"""A moment at which the clip begins."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(KIND, tmp_path_factory.mktemp("clip"))


def piece(clip: Clip, begin: int, end: int, folder: Path) -> tuple[Path, float]:
    """A recording of the clip's seconds from `begin` to `end`, which says to begin half a second late."""
    path = folder / f"{begin}-{end}.mp4"
    command = ["ffmpeg", "-v", "error", "-y", "-r", str(KIND.rate), "-i", str(clip.video)]
    whole = folder / "whole.mp4"
    subprocess.run([*command, "-c", "copy", str(whole)], check=True)
    cut = ["-ss", str(begin), "-i", str(whole), "-t", str(end - begin), "-c", "copy"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *cut, str(path)], check=True)
    return path, ROUND + begin + 0.5


def found(clip: Clip, folder: Path, *spans: tuple[int, int]) -> Found:
    return frames_in([piece(clip, *span, folder) for span in spans], KIND)


def test_recordings_that_follow_each_other_are_whole(clip: Clip, tmp_path: Path) -> None:
    whole = found(clip, tmp_path, (0, 2), (2, 6))
    assert (whole.first, whole.last) == (ROUND * 25, ROUND * 25 + 149)
    assert not whole.missing()
    assert not whole.twice
    assert not whole.unreadable
    assert [(span.start - ROUND, span.end - ROUND) for span in whole.spans] == [(0, 2), (2, 6)]


def test_a_second_that_is_missing_is_found(clip: Clip, tmp_path: Path) -> None:
    (hole,) = found(clip, tmp_path, (0, 2), (3, 6)).missing()
    assert (hole.start - ROUND, hole.end - ROUND) == (2, 3)


def test_a_second_that_is_there_twice_is_found(clip: Clip, tmp_path: Path) -> None:
    assert len(found(clip, tmp_path, (0, 3), (2, 6)).twice) == 25
