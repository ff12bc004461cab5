"""An overlay from an object of the store to another one, as its worker's child process draws it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from ecg.exports import tasks
from ecg.intake import index_alone
from ecg.intake.video_input import fetch
from ecg.jobs.kinds import JobContext
from ecg.media import probe
from ecg.render import run
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


def pictures(video: Path) -> list[tuple[int | None, int]]:
    """Time and a checksum of every picture."""
    with av.open(str(video)) as container:
        frames = container.decode(video=0)
        return [(frame.pts, zlib.crc32(b"".join(map(bytes, frame.planes)))) for frame in frames]


def test_the_index_alone_gives_the_same_film(
    job: KeptContext, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_file("videos/acme/in.mp4", clip("plain"), content_type="video/mp4")
    payload = RenderPayload.model_validate(
        {"video_url": "videos/acme/in.mp4", "scenario": SCENARIO, "options": {"format": "mov"}}
    )
    fetched: list[str] = []

    def fetch_whole(job: JobContext, reference: str, *given: Any) -> Path:
        fetched.append(reference)
        return fetch(job, reference, *given)

    monkeypatch.setattr(run, "fetch", fetch_whole)
    monkeypatch.setattr(index_alone, "FIRST_MEDIA_BYTES", 8192)
    made = []
    for least in (1 << 40, 1):
        monkeypatch.setattr(index_alone, "LEAST_MEDIA_BYTES", least)
        result = tasks.overlay(job, payload)
        store.fetch_file(result.object_key, tmp_path / "out")
        made.append(pictures(tmp_path / "out"))
    assert len(made[0]) == 60
    assert made[0] == made[1]
    assert fetched == ["videos/acme/in.mp4"]  # once: the other time its index was enough
