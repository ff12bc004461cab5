"""caption, still and render: the whole way on a small clip, bad input, and being stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from ecg.media import probe
from tests.cli.running import assert_one_clear_error, ecg, finish, start

SRT = "1\n00:00:00,200 --> 00:00:01,500\nHello there\n"


def make_clip(path: Path, seconds: int, *, sound: bool = True) -> Path:
    """A moving test picture of 320x180 at 25 frames a second, with a tone."""
    command = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        f"testsrc=s=320x180:r=25:d={seconds}",
    ]
    if sound:
        command += ["-f", "lavfi", "-i", f"sine=frequency=220:duration={seconds}"]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "ultrafast", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "talk.mp4", 2)


@pytest.fixture
def srt(tmp_path: Path) -> Path:
    path = tmp_path / "talk.srt"
    path.write_text(SRT, encoding="utf-8")
    return path


class TestRender:
    def test_burns_any_subtitle_file_and_reports(self, clip: Path, srt: Path, tmp_path: Path) -> None:
        output, report = tmp_path / "out.mp4", tmp_path / "report.json"
        done = ecg("render", clip, srt, "-o", output, "--report", report, "--template", "clean")
        assert done.returncode == 0, done.stderr
        assert probe(output).require_video().width == 320
        said = json.loads(report.read_text())
        assert (said["frames_processed"], said["frames_dropped"], said["drop_rate"]) == (50, 0, 0.0)
        assert str(output) in done.stdout

    def test_captions_alone(self, clip: Path, srt: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.webm"
        done = ecg("render", clip, srt, "-o", output, "--overlay-only")
        assert done.returncode == 0, done.stderr
        assert probe(output).require_video().codec == "vp9"

    @pytest.mark.parametrize(
        "options",
        [("--fps", "fast"), ("--fps", "1/0"), ("--crf", "99"), ("--width", "3"), ("--preset", "warp")],
    )
    def test_impossible_options(
        self, clip: Path, srt: Path, tmp_path: Path, options: tuple[str, str]
    ) -> None:
        done = ecg("render", clip, srt, "-o", tmp_path / "out.mp4", *options)
        assert_one_clear_error(done, 2, "INVALID_INPUT")
        assert [path.name for path in tmp_path.iterdir()] == ["talk.srt"]

    def test_the_input_is_never_overwritten(self, clip: Path, srt: Path) -> None:
        before = clip.read_bytes()
        assert_one_clear_error(ecg("render", clip, srt, "-o", clip), 2, "OUTPUT_NOT_WRITABLE")
        assert clip.read_bytes() == before

    def test_unknown_kind_of_output(self, clip: Path, srt: Path, tmp_path: Path) -> None:
        done = ecg("render", clip, srt, "-o", tmp_path / "out.gif")
        assert_one_clear_error(done, 2, "UNSUPPORTED_FORMAT")

    def test_missing_video(self, srt: Path, tmp_path: Path) -> None:
        done = ecg("render", tmp_path / "none.mp4", srt, "-o", tmp_path / "out.mp4")
        assert_one_clear_error(done, 2, "INVALID_VIDEO_FORMAT")

    @pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
    def test_being_stopped_leaves_no_half_file_and_no_process(
        self, srt: Path, tmp_path: Path, stop: signal.Signals
    ) -> None:
        video = make_clip(tmp_path / "long.mp4", 120)
        process = start("render", video, srt, "-o", tmp_path / "out.mp4", "--preset", "veryslow")
        children = _until_it_works(process, tmp_path)
        process.send_signal(stop)
        done = finish(process, timeout=60)
        assert done.returncode == (130 if stop == signal.SIGINT else 143), done.stderr
        assert "Traceback" not in done.stderr
        assert sorted(path.name for path in tmp_path.iterdir()) == ["long.mp4", "talk.srt"]
        _, alive = psutil.wait_procs(children, timeout=5)
        assert alive == []


def _until_it_works(process: subprocess.Popen[str], folder: Path) -> list[psutil.Process]:
    """Wait until the output is being written and a browser runs; answers all of its processes."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        children = psutil.Process(process.pid).children(recursive=True)
        if children and any(path.suffix == ".part" for path in folder.iterdir()):
            return children
        time.sleep(0.02)  # another program's start: there is no event to wait for
    raise AssertionError(finish(process).stderr)


class TestStill:
    def test_writes_a_picture_of_the_videos_size(self, clip: Path, srt: Path, tmp_path: Path) -> None:
        frame = tmp_path / "frame.png"
        done = ecg("still", clip, srt, "--at", "1", "-o", frame)
        assert done.returncode == 0, done.stderr
        header = frame.read_bytes()[:24]
        assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (320, 180)

    def test_a_moment_after_the_end(self, clip: Path, srt: Path, tmp_path: Path) -> None:
        done = ecg("still", clip, srt, "--at", "99", "-o", tmp_path / "frame.png")
        assert_one_clear_error(done, 2, "INVALID_INPUT")


class TestCaption:
    def test_no_sound(self, tmp_path: Path) -> None:
        silent = make_clip(tmp_path / "silent.mp4", 1, sound=False)
        assert_one_clear_error(ecg("caption", silent), 2, "INVALID_VIDEO_FORMAT")
        assert [path.name for path in tmp_path.iterdir()] == ["silent.mp4"]

    def test_a_text_file_named_mp4(self, tmp_path: Path) -> None:
        text = tmp_path / "talk.mp4"
        text.write_text("not a video\n" * 20)
        assert_one_clear_error(ecg("caption", text), 2, "INVALID_VIDEO_FORMAT")

    def test_a_language_that_no_engine_here_knows(self, clip: Path, tmp_path: Path) -> None:
        done = ecg("caption", clip, "-o", tmp_path / "o.mp4", "--language", "xx", "--engine", "pocketsphinx")
        assert_one_clear_error(done, 2, "UNSUPPORTED_LANGUAGE")

    def test_an_unknown_template_is_told_before_listening(self, clip: Path, tmp_path: Path) -> None:
        done = ecg("caption", clip, "-o", tmp_path / "o.mp4", "--template", "nonsense")
        assert_one_clear_error(done, 2, "INVALID_INPUT")
        assert "done (" not in done.stderr
