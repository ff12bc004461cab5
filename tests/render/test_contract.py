"""The words of the render contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.render import contract
from ecg.settings import Settings
from ecg.store import open_store


def test_the_job_api_shows_a_link_and_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(Settings(data_dir=tmp_path), public_url="http://127.0.0.1:1")
    monkeypatch.setattr(contract, "_store", lambda: store)
    result = {"object_key": "renders/service/a.mp4", "size": 1}
    shown = contract.shown_result(JobView("service", "a", "render", State.DONE, result=result))
    assert shown is not None
    assert shown["object_key"] == "renders/service/a.mp4"
    assert shown["download_url"].startswith("http://127.0.0.1:1/files/renders/service/a.mp4?")
    assert contract.shown_result(JobView("service", "a", "render", State.PENDING)) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("WORKER_LOST", "RENDER_ERROR"),
        ("URL_NOT_ALLOWED", "CONNECTION_ERROR"),
        ("SCENARIO_PARSE_ERROR", "SCENARIO_PARSE_ERROR"),
        (None, None),
    ],
)
def test_clients_hear_codes_of_the_contract(ours: str | None, theirs: str | None) -> None:
    assert contract.error_code(ours) == theirs
