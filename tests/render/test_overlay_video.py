"""The captions alone, laid over the video by FFmpeg, give what burning gives."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ecg.errors import UnsupportedFormat
from ecg.media import probe
from ecg.render.overlay_video import burn_overlay
from tests.media.clips import clip, frame_times
from tests.render.synthetic import SyntheticCaptions

SPANS = [(500_000, 1_000_000)]
READ = {"mov": (), "webm": ("-c:v", "libvpx-vp9")}  # FFmpeg's own VP9 decoder skips the alpha


def rgba(path: Path) -> NDArray[np.int16]:
    done = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            *READ[path.suffix[1:]],
            "-i",
            str(path),
            "-pix_fmt",
            "rgba",
            "-f",
            "rawvideo",
            "-",
        ],
        check=True,
        capture_output=True,
    )
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, 180, 320, 4).astype(np.int16)


@pytest.mark.parametrize(
    ("extension", "codec", "clear", "close"), [("mov", "prores", 0, 4), ("webm", "vp9", 2, 12)]
)
def test_alpha_and_colour_arrive(extension: str, codec: str, clear: int, close: int, tmp_path: Path) -> None:
    captions = SyntheticCaptions(SPANS)
    output = tmp_path / f"captions.{extension}"
    report = burn_overlay(clip("plain"), captions, output)
    assert report.frames_processed == 60
    assert probe(output).require_video().codec == codec
    frames = rgba(output)
    assert len(frames) == 60
    assert frames[[0, 14, 30, 59], ..., 3].max() <= clear
    assert captions.canvas is not None
    x, y, width, height = captions.box(captions.canvas)
    for number in (16, 29):
        box = frames[number, y + 20 : y + height - 6, x + 8 : x + width - 8]
        assert np.abs(box - (0, 0, 0, 230)).max() <= close
        at = x + 8 + number % 8 * 4
        word = frames[number, y + 9 : y + 15, at + 4 : at + 12]
        assert np.abs(word - (255, 200, 0, 255)).max() <= 24
        assert frames[number, : y - 8, :, 3].max() <= clear


def test_times_are_the_videos(tmp_path: Path) -> None:
    burn_overlay(clip("variable-rate"), SyntheticCaptions(SPANS), tmp_path / "captions.mov")
    assert frame_times(tmp_path / "captions.mov") == frame_times(clip("variable-rate"))
    burn_overlay(clip("ntsc"), SyntheticCaptions(SPANS), tmp_path / "captions.webm")
    ours, theirs = frame_times(tmp_path / "captions.webm"), frame_times(clip("ntsc"))
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= Fraction(1, 2000)


def test_mp4_cannot_be_transparent(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="no transparency"):
        burn_overlay(clip("plain"), SyntheticCaptions(), tmp_path / "captions.mp4")
    assert list(tmp_path.iterdir()) == []
