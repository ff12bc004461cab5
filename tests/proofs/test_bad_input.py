"""Bad input at the command line: one clear error, or the work is done and what was wrong is said.

What single packages refuse is tested beside them; here is what a person sees who hands the product something
broken, through real files, a real FFmpeg and a real browser.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecg.media import read_frame_table
from tests.cli.running import Done, assert_one_clear_error, ecg
from tests.media.clips import clip
from tests.proofs.watching import plain_video

FRAMES = 50


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("videos") / "talk.mp4"
    return plain_video(path, rate="25", seconds=FRAMES / 25, size=(160, 90))


def cue(start: float, end: float, text: str = "hello there", **fields: object) -> dict[str, object]:
    return {"start": start, "end": end, "text": text, **fields}


Draw = Callable[..., tuple[Done, Path]]


@pytest.fixture
def draw(video: Path, tmp_path: Path) -> Draw:
    """Write a flat scenario (cues, or a file's text) and render it; answers how that ended and the output."""

    def render(
        captions: list[dict[str, object]] | str, *, of: Path = video, **variables: str
    ) -> tuple[Done, Path]:
        scenario, output = tmp_path / "captions.json", tmp_path / "out.mp4"
        scenario.write_text(captions if isinstance(captions, str) else json.dumps({"cues": captions}))
        done = ecg("render", of, scenario, "-o", output, "--template", "clean", **variables)
        left = {path.name for path in tmp_path.iterdir() if path.is_file()}
        assert left - {"captions.json", of.name} == ({"out.mp4"} if done.returncode == 0 else set())
        return done, output

    return render


class TestScenarios:
    @pytest.mark.parametrize(
        ("text", "where"),
        [
            ('{"cues": [{"start": 1, "end": 0.5, "text": "x"}]}', "/cues/0/end"),
            ('{"cues": [{"start": -1, "end": 0.5, "text": "x"}]}', "/cues/0/start"),
            ('{"cues": [{"start": NaN, "end": 1, "text": "x"}]}', "/cues/0/start"),
            ('{"cues": [{"start": 0, "end": 1e999, "text": "x"}]}', "/cues/0/end"),
            ('{"cues": [{"start": "soon", "end": 1, "text": "x"}]}', "/cues/0/start"),
            ('{"cues": [{"start": 0, "end": 1, "text": "x"}', "line 1"),
        ],
        ids=["reversed", "negative", "nan", "infinite", "words", "cut-off"],
    )
    def test_what_cannot_be_shown_says_where(self, text: str, where: str, draw: Draw) -> None:
        done, _ = draw(text)
        assert_one_clear_error(done, 2, "SCENARIO_PARSE_ERROR")
        assert where in done.stderr

    @pytest.mark.parametrize(
        ("cues", "note"),
        [
            ([cue(0, 1), cue(0.1, 1.5), cue(0.2, 0.3)], "2 cues start before the one in front of them ends"),
            ([cue(0, 1), cue(50, 60)], "begins after the last frame (1.96 s) and is not shown"),
            ([cue(0, 1), cue(50, 60), cue(70, 80)], "and 1 more begin after the last frame"),
            ([cue(0, 1, style={"fontFamily": "No Such Face"})], "'No Such Face' is not installed"),
            ([cue(0, 1, text="lost \ue123")], "U+E123"),
            ([cue(0, 1, style={"color": "url(http://127.0.0.1/)"})], "/cues/0/style/color"),
        ],
        ids=["overlapping", "past-the-end", "many-past-the-end", "unknown-font", "no-glyph", "bad-style"],
    )
    def test_what_can_be_shown_is_shown_and_said(
        self, cues: list[dict[str, object]], note: str, draw: Draw
    ) -> None:
        done, output = draw(cues)
        assert done.returncode == 0, done.stderr
        assert note in " ".join(done.stderr.split())
        assert len(read_frame_table(output)) == FRAMES

    def test_ten_thousand_cues_are_drawn_and_one_more_is_refused(self, draw: Draw) -> None:
        most = [cue(i * 2e-4, i * 2e-4 + 1e-4, text="x") for i in range(10_000)]
        done, output = draw(most)
        assert done.returncode == 0, done.stderr
        assert len(read_frame_table(output)) == FRAMES
        output.unlink()
        done, _ = draw([*most, cue(1, 2)])
        assert_one_clear_error(done, 2, "SCENARIO_PARSE_ERROR")
        assert "/cues/10000" in done.stderr

    def test_no_cues_at_all(self, draw: Draw) -> None:
        done, output = draw([])
        assert done.returncode == 0, done.stderr
        assert len(read_frame_table(output)) == FRAMES


class TestVideos:
    def test_no_picture(self, draw: Draw) -> None:
        done, _ = draw([cue(0, 1)], of=clip("no-picture"))
        assert_one_clear_error(done, 2, "INVALID_VIDEO_FORMAT")

    @pytest.mark.parametrize("command", ["render", "still", "caption"])
    def test_a_manifest_cannot_borrow_another_video(self, command: str, tmp_path: Path) -> None:
        (tmp_path / "secret").mkdir()
        shutil.copy(clip("plain"), tmp_path / "secret" / "secret.mp4")
        manifest, captions = tmp_path / "talk.mp4", tmp_path / "a.json"
        secret = (tmp_path / "secret" / "secret.mp4").as_uri()
        manifest.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n")
        captions.write_text(json.dumps({"cues": [cue(0, 1)]}))
        output = tmp_path / ("o.png" if command == "still" else "o.mp4")
        extra = {"render": (captions,), "still": (captions, "--at", "1"), "caption": ()}[command]
        assert_one_clear_error(ecg(command, manifest, *extra, "-o", output), 2, "INVALID_VIDEO_FORMAT")
        assert not output.exists()

    def test_a_cut_off_recording_is_captioned_as_far_as_it_goes(self, draw: Draw, tmp_path: Path) -> None:
        whole = clip("matroska")
        cut = tmp_path / "cut.mkv"
        cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
        done, output = draw([cue(0, 1)], of=cut)
        assert done.returncode == 0, done.stderr
        assert "cut short" in done.stderr
        assert 10 < len(read_frame_table(output)) < len(read_frame_table(whole))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 64 KiB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


class TestTheMachine:
    def test_a_full_disk(self, tiny_disk: Path, tmp_path: Path) -> None:
        captions = tmp_path / "a.json"
        captions.write_text(json.dumps({"cues": [cue(0, 2)]}))
        done = ecg("render", clip("plain"), captions, "-o", tiny_disk / "out.mp4")
        assert_one_clear_error(done, 1, "STORAGE_ACCESS_ERROR")
        assert list(tiny_disk.iterdir()) == []

    @pytest.mark.parametrize("place", ["nowhere/out.mp4", "file/out.mp4"])
    def test_an_output_that_cannot_be_written(self, place: str, video: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("not a folder")
        captions = tmp_path / "a.json"
        captions.write_text(json.dumps({"cues": [cue(0, 1)]}))
        done = ecg("render", video, captions, "-o", tmp_path / place)
        assert_one_clear_error(done, 2, "OUTPUT_NOT_WRITABLE")

    def test_no_browser(self, draw: Draw) -> None:
        done, _ = draw([cue(0, 1)], ECG_CHROMIUM="no-such-browser")
        assert_one_clear_error(done, 1, "MISSING_DEPENDENCY")
        assert "to do: " in done.stderr

    def test_a_browser_that_does_nothing(self, draw: Draw) -> None:
        done, _ = draw([cue(0, 1)], ECG_CHROMIUM=shutil.which("true") or "")
        assert_one_clear_error(done, 1, "RENDER_ERROR")

    def test_no_ffmpeg_program(self, tmp_path: Path) -> None:
        """Reading speech needs the program; drawing does not, its FFmpeg is PyAV's."""
        output = tmp_path / "out.mp4"
        folders = os.environ["PATH"].split(os.pathsep)
        without = os.pathsep.join(folder for folder in folders if not Path(folder, "ffmpeg").exists())
        done = ecg("caption", clip("plain"), "-o", output, PATH=without)
        assert_one_clear_error(done, 1, "MISSING_DEPENDENCY")
        assert "ffmpeg" in done.stderr
        assert not output.exists()
