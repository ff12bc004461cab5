"""templates, models and doctor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import ecg


class TestTemplates:
    def test_intention_comes_first(self) -> None:
        done = ecg("templates")
        assert done.returncode == 0
        assert done.stdout.split()[0] == "intention"
        assert len(done.stdout.splitlines()) >= 7

    def test_json_carries_both_languages(self) -> None:
        for template in json.loads(ecg("templates", "--json").stdout):
            assert {"en", "ko"} == template["description"].keys()


class TestModels:
    def test_list_says_what_is_not_here(self, tmp_path: Path) -> None:
        done = ecg("models", "list", "--json", ECG_ASSETS_DIR=str(tmp_path))
        assert done.returncode == 0
        models = json.loads(done.stdout)
        assert {"Roboto Flex Variable", "speaker encoder"} <= {model["name"] for model in models}
        assert not any(model["here"] for model in models)

    def test_pull_without_npm_says_so_and_fails(self, tmp_path: Path) -> None:
        tools = {"PATH": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
        done = ecg("models", "pull", ECG_ASSETS_DIR=str(tmp_path / "data"), **tools)
        assert done.returncode == 1
        assert "npm is not installed" in done.stderr
        assert "resemblyzer" in done.stderr
        assert "Traceback" not in done.stderr


class TestDoctor:
    def test_lacks_are_named_with_a_command(self, tmp_path: Path) -> None:
        done = ecg("doctor", "--json", ECG_ASSETS_DIR=str(tmp_path), PATH=str(tmp_path))
        assert done.returncode == 1
        said = json.loads(done.stdout)
        assert said["well"] is False
        lacking = {check["name"]: check["mend"] for check in said["checks"] if check["state"] == "bad"}
        assert {
            "ffmpeg",
            "ffprobe",
            "Chromium",
            "font Roboto Flex Variable",
            "speaker encoder",
        } <= lacking.keys()
        assert all(lacking.values())

    def test_table_shows_whole_commands_in_a_pipe(self, tmp_path: Path) -> None:
        done = ecg("doctor", ECG_ASSETS_DIR=str(tmp_path), PATH=str(tmp_path))
        assert done.returncode == 1
        assert "apt-get install ffmpeg" in done.stdout or "brew install ffmpeg" in done.stdout
        assert "ecg models pull" in done.stdout

    @pytest.mark.parametrize(("language", "title"), [("en", "How to mend it"), ("ko", "해결 방법")])
    def test_in_the_users_language(self, language: str, title: str, tmp_path: Path) -> None:
        assert title in ecg("doctor", PATH=str(tmp_path), ECG_LANG=language).stdout
