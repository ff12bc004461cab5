"""An overlay from an object of the store to another one, as its worker's child process draws it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ecg.exports import tasks
from ecg.media import probe
from ecg.render.schemas import RenderPayload
from ecg.settings import load_settings
from ecg.store import ObjectStore, open_store
from tests.media.clips import clip
from tests.render.job_context import KeptContext

SCENARIO = {"cues": [{"text": "Hello there", "start": 0.2, "end": 1.0}]}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    monkeypatch.setenv("ECG_DATA_DIR", str(tmp_path / "data"))
    load_settings.cache_clear()
    yield open_store(load_settings(), public_url="http://ecg.example:8000")
    load_settings.cache_clear()


@pytest.fixture
def job(tmp_path: Path) -> Iterator[KeptContext]:
    work = tmp_path / "work"
    work.mkdir()
    context = KeptContext(work, tenant_id="acme")
    yield context
    context.close()


@pytest.mark.parametrize(("form", "codec"), [("mov", "prores"), ("webm", "vp9")])
def test_captions_alone_are_drawn_and_kept(
    job: KeptContext, store: ObjectStore, tmp_path: Path, form: str, codec: str
) -> None:
    store.put_file("videos/acme/in.mp4", clip("silent"), content_type="video/mp4")
    payload = RenderPayload.model_validate(
        {"video_url": "videos/acme/in.mp4", "scenario": SCENARIO, "options": {"format": form}}
    )
    result = tasks.overlay(job, payload)
    assert result.object_key == f"renders/acme/job-1.{form}"
    assert result.frames_processed == 60
    store.fetch_file(result.object_key, tmp_path / "out")
    assert codec in probe(tmp_path / "out").require_video().codec
    stages = list(dict.fromkeys(told["stage"] for told in job.told))
    assert stages == ["fetch", "render", "check", "store"]
    assert [each for each in job.measured if "memory_mb" in each]
