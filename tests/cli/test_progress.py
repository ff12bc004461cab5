"""Progress where there is no terminal: a line a stage, each stage once."""

from __future__ import annotations

import io

import pytest

from ecg.cli.progress import Stages


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_LANG", "en")


def told(stream: io.StringIO) -> list[str]:
    return [line.split(" (")[0] for line in stream.getvalue().splitlines()]


def test_a_line_for_each_stage_that_ended() -> None:
    stream = io.StringIO()
    with Stages(stream) as stages:
        stages("audio", 0.0)
        stages("audio", 1.0)
        stages("words", 0.5)
    assert told(stream) == ["Extracting the sound: done", "Writing down the words: done"]


def test_a_stage_that_failed_is_not_called_done() -> None:
    stream = io.StringIO()

    def fail() -> None:
        with Stages(stream) as stages:
            stages("audio", 0.2)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert told(stream) == []


def test_korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_LANG", "ko")
    stream = io.StringIO()
    with Stages(stream) as stages:
        stages("audio", 1.0)
    assert told(stream) == ["소리를 꺼내는 중: 완료"]
