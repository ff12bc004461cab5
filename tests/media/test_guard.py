"""Only a local file that holds its own media is ever opened, whatever it is called."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ecg.errors import MediaError, MissingDependency
from ecg.media import ffmpeg_program, guarded_input, guarded_open, probe, read_frame_table
from tests.media.clips import clip


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Somebody else's video, in another folder."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = folder / "secret.ts"
    path.write_bytes(clip("broadcast").read_bytes())
    return path


MANIFESTS = {
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n{path}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{path}'\n",
    "dash": '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{path}</BaseURL></MPD>\n',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_manifest_named_mp4_is_refused_by_both_doors(kind: str, secret: Path, tmp_path: Path) -> None:
    trap = tmp_path / "talk.mp4"
    trap.write_text(MANIFESTS[kind].format(path=secret))
    with pytest.raises(MediaError, match="playlist that points to other files"):
        probe(trap)
    out = tmp_path / "out.mp4"
    done = subprocess.run(
        [ffmpeg_program(), "-v", "error", *guarded_input(trap), "-c", "copy", str(out)], check=False
    )
    assert done.returncode != 0
    assert not out.exists() or out.stat().st_size == 0


@pytest.mark.parametrize("kind", ["plain", "matroska", "broadcast", "vp9", "mpeg2", "avi", "no-picture"])
def test_media_passes_both_doors(kind: str) -> None:
    with guarded_open(clip(kind)) as container:
        assert len(container.streams)
    arguments = [ffmpeg_program(), "-v", "error", *guarded_input(clip(kind)), "-f", "null", "-"]
    subprocess.run(arguments, check=True, env={})


def test_names_that_look_like_protocols_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("concat:talk.mp4").write_bytes(clip("plain").read_bytes())
    assert probe("concat:talk.mp4").video is not None
    with pytest.raises(MediaError, match="cannot be read"):
        probe("http://127.0.0.1/talk.mp4")


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for path, message in (
        (tmp_path / "absent.mp4", "cannot be read"),
        (tmp_path, "not a regular file"),
        (tmp_path / "pipe.mp4", "not a regular file"),
        (Path("/dev/zero"), "not a regular file"),
    ):
        with pytest.raises(MediaError, match=message):
            probe(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"Dear diary, today I saw a film.\n" * 50, "is a text file"),
        (bytes(range(256)) * 40, "not a video or audio file"),
    ],
)
def test_what_is_no_media(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "talk.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=message) as caught:
        probe(path)
    assert caught.value.code == "INVALID_VIDEO_FORMAT"
    assert caught.value.exit_code == 2


def test_a_recording_without_its_index(tmp_path: Path) -> None:
    path = tmp_path / "talk.mp4"
    path.write_bytes(clip("plain").read_bytes()[:20_000])  # the index is at the end
    with pytest.raises(MediaError, match="its index is missing") as caught:
        probe(path)
    assert caught.value.hint


def test_no_video_stream() -> None:
    info = probe(clip("no-picture"))
    assert info.audio
    with pytest.raises(MediaError, match="no video stream"):
        info.require_video()
    with pytest.raises(MediaError, match="no video stream"):
        read_frame_table(clip("no-picture"))
    with pytest.raises(MediaError, match="no audio stream"):
        probe(clip("silent")).require_audio()


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingDependency, match="ffmpeg is not installed") as caught:
        ffmpeg_program()
    assert caught.value.hint
