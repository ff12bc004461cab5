"""Wherever a recording is cut off, what is left ends with a whole fragment and can be decoded."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import av
import pytest

from ecg.live.archives.fragments import cut_ragged_end

FLAGS = "+frag_keyframe+empty_moov+default_base_moof"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Four fragments of a second."""
    path = tmp_path_factory.mktemp("recording") / "recording.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=4"]
    sound = ["-f", "lavfi", "-i", "sine=duration=4"]
    codecs = ["-c:v", "libx264", "-g", "10", "-bf", "0", "-c:a", "aac"]
    command = ["ffmpeg", "-v", "error", *picture, *sound, *codecs, "-movflags", FLAGS, str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


def ends(content: bytes) -> list[int]:
    """Where fragments end: where the next one begins, or the index of them all."""
    begins = [at - 4 for at in range(len(content)) if content[at : at + 4] in (b"moof", b"mfra")]
    return begins[1:]


def frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_a_whole_recording_stays_as_it_is(recording: bytes, tmp_path: Path) -> None:
    path = tmp_path / "whole.mp4"
    path.write_bytes(recording)
    assert not cut_ragged_end(path)
    assert path.read_bytes() == recording


def test_what_is_left_of_a_recording_are_whole_fragments(recording: bytes, tmp_path: Path) -> None:
    whole = ends(recording)
    assert len(whole) == 4
    path = tmp_path / "cut.mp4"
    for cut in random.Random(5).sample(range(whole[0], len(recording)), 60):
        path.write_bytes(recording[:cut])
        cut_ragged_end(path)
        assert recording.startswith(path.read_bytes())
        assert frames(path) == 10 * sum(end <= cut for end in whole)


@pytest.mark.parametrize("content", [b"", b"\0" * 5, b"no film at all, but a text of some length"])
def test_what_is_no_recording_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.mp4"
    path.write_bytes(content)
    assert not cut_ragged_end(path)
    assert path.read_bytes() == content
