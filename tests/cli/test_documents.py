"""scenario, convert and check: what they write, and what they say about broken files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecg.captions.scenario import Scenario
from tests.cli.running import assert_one_clear_error, ecg

SRT = """1
00:00:01,000 --> 00:00:03,000
Hello there, 안녕하세요

2
00:00:03,500 --> 00:00:05,000
How are you?
"""


@pytest.fixture
def srt(tmp_path: Path) -> Path:
    path = tmp_path / "talk.srt"
    path.write_text(SRT, encoding="utf-8")
    return path


class TestScenario:
    def test_writes_a_valid_scenario_beside_the_source(self, srt: Path, tmp_path: Path) -> None:
        done = ecg("scenario", srt, "--template", "karaoke")
        assert done.returncode == 0, done.stderr
        made = Scenario.model_validate_json((tmp_path / "talk.scenario.json").read_bytes())
        assert [cue.text for cue in made.cues] == ["Hello there, 안녕하세요", "How are you?"]
        assert made.template == "karaoke"

    def test_unknown_template_writes_nothing(self, srt: Path, tmp_path: Path) -> None:
        done = ecg("scenario", srt, "--template", "nonsense", "-o", tmp_path / "out.json")
        assert_one_clear_error(done, 2, "INVALID_INPUT")
        assert "karaoke" in done.stderr
        assert not (tmp_path / "out.json").exists()

    def test_the_source_is_never_overwritten(self, tmp_path: Path) -> None:
        path = tmp_path / "talk.json"
        path.write_text('{"cues": [{"text": "Hi", "start": 0, "end": 1}]}')
        before = path.read_bytes()
        assert_one_clear_error(ecg("scenario", path, "-o", path), 2, "OUTPUT_NOT_WRITABLE")
        assert path.read_bytes() == before


class TestConvert:
    @pytest.mark.parametrize("extension", ["vtt", "ass", "json", "flat.json", "xlsx", "csv"])
    def test_writes_the_format_of_the_extension(self, srt: Path, tmp_path: Path, extension: str) -> None:
        target = tmp_path / f"out.{extension}"
        done = ecg("convert", srt, target)
        assert done.returncode == 0, done.stderr
        assert target.stat().st_size > 0

    def test_there_and_back_keeps_text_and_times(self, srt: Path, tmp_path: Path) -> None:
        there, back = tmp_path / "there.vtt", tmp_path / "back.srt"
        assert ecg("convert", srt, there).returncode == 0
        assert ecg("convert", there, back).returncode == 0
        assert back.read_text(encoding="utf-8").split() == SRT.split()

    def test_unknown_extension(self, srt: Path, tmp_path: Path) -> None:
        assert_one_clear_error(ecg("convert", srt, tmp_path / "out.doc"), 2, "UNSUPPORTED_FORMAT")

    def test_folder_that_does_not_exist(self, srt: Path, tmp_path: Path) -> None:
        done = ecg("convert", srt, tmp_path / "none" / "out.vtt")
        assert_one_clear_error(done, 2, "OUTPUT_NOT_WRITABLE")

    def test_a_full_disk_leaves_no_file(self, srt: Path) -> None:
        full = Path("/dev/full")
        if not full.exists():
            pytest.skip("no /dev/full here")
        assert ecg("convert", srt, full / "out.vtt").returncode == 2


class TestCheck:
    def test_valid(self, srt: Path) -> None:
        done = ecg("check", srt)
        assert (done.returncode, done.stdout) == (0, f"{srt}: valid\n")

    def test_korean(self, srt: Path) -> None:
        assert ecg("check", srt, ECG_LANG="ko").stdout == f"{srt}: 올바름\n"

    def test_broken_says_where(self, tmp_path: Path) -> None:
        path = tmp_path / "broken.json"
        path.write_text('{"cues": [{"text": "Hi", "start": "soon", "end": 2}]}')
        done = ecg("check", path)
        assert done.returncode == 2
        assert "/cues/0/start" in done.stderr
        assert "Traceback" not in done.stderr

    def test_json_is_for_programs(self, tmp_path: Path) -> None:
        path = tmp_path / "broken.json"
        path.write_text("[1, 2")
        done = ecg("check", path, "--json")
        said = json.loads(done.stdout)
        assert done.returncode == 2
        assert said["valid"] is False
        assert said["findings"][0]["code"] == "SCENARIO_PARSE_ERROR"

    @pytest.mark.parametrize("name", ["missing.srt", "folder.srt"])
    def test_what_is_no_file(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "folder.srt").mkdir()
        assert_one_clear_error(ecg("check", tmp_path / name), 2, "INVALID_INPUT")
