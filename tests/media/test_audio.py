from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ecg.errors import MediaError, MissingDependency
from ecg.media.audio import SAMPLE_RATE, extract_audio


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of picture; a stereo tone from 0.7 s on; the index in front."""
    path = tmp_path_factory.mktemp("audio") / "clip.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc2=d=2:r=25:s=128x96")
    tone = ("-itsoffset", "0.7", "-f", "lavfi", "-i", "sine=f=440:d=1.3:r=48000")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-ac", "2", "-movflags", "+faststart")
    _ffmpeg(*picture, *tone, *codecs, str(path))
    return path


def test_sound_is_mono_16_khz_on_the_videos_clock(clip: Path) -> None:
    fractions: list[float] = []
    sound = extract_audio(clip, progress=fractions.append)
    onset = int(np.flatnonzero(np.abs(sound.samples) > 1000)[0]) / SAMPLE_RATE
    assert onset == pytest.approx(0.7, abs=0.03)
    assert sound.seconds == pytest.approx(2.0, abs=0.1)
    assert sound.warnings == ()
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0, abs=0.1)


def test_a_stretch_is_cut_to_what_there_is(clip: Path) -> None:
    sound = extract_audio(clip)
    assert len(sound.between(0.5, 1.0)) == SAMPLE_RATE // 2
    assert len(sound.between(-3.0, 0.25)) == SAMPLE_RATE // 4
    assert len(sound.between(50.0, 60.0)) == 0


def test_a_damaged_file_is_used_as_far_as_it_goes_and_said(clip: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.mp4"
    half.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])
    sound = extract_audio(half)
    assert 0.7 < sound.seconds < 2.0
    assert len(sound.warnings) == 1
    assert "could be read and were used" in sound.warnings[0]


def test_a_video_without_sound_is_one_error(tmp_path: Path) -> None:
    mute = tmp_path / "mute.mp4"
    _ffmpeg("-f", "lavfi", "-i", "testsrc2=d=0.2:s=64x64", str(mute))
    with pytest.raises(MediaError, match="no audio stream"):
        extract_audio(mute)


def test_a_manifest_in_disguise_is_not_followed(clip: Path, tmp_path: Path) -> None:
    fake = tmp_path / "fake.mp4"
    fake.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{clip}\n#EXT-X-ENDLIST\n")
    with pytest.raises(MediaError):
        extract_audio(fake)


@pytest.mark.parametrize("content", [b"hello, I am a text file\n" * 50, b"", bytes(5000)])
def test_what_is_no_media_is_one_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "talk.mp4"
    file.write_bytes(content)
    with pytest.raises(MediaError) as raised:
        extract_audio(file)
    assert raised.value.exit_code == 2
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        extract_audio(tmp_path / "none.mp4")


def test_without_ffmpeg_the_error_installs_it(
    clip: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependency) as raised:
        extract_audio(clip)
    assert "install ffmpeg" in (raised.value.hint or "")


def test_too_long_a_sound_is_refused(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecg.media.audio.MAX_SECONDS", 0.5)
    with pytest.raises(MediaError, match="longer than"):
        extract_audio(clip)


def test_an_interruption_leaves_no_ffmpeg(clip: Path) -> None:
    import psutil

    def interrupt(_done: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_audio(clip, progress=interrupt)
    assert not [p for p in psutil.Process().children() if p.name() == "ffmpeg"]
