"""The index of a video by ranges: the same frame times from a fraction of the bytes, or nothing at all."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ecg.errors import ForbiddenUrl
from ecg.intake import index_alone
from ecg.intake.index_alone import fetch_index
from ecg.media import probe, read_frame_table
from ecg.settings import Settings
from ecg.store import ObjectStore, open_store
from tests.media.clips import clip
from tests.net.servers import Handler, Request, Server, head, serving, whole
from tests.render.job_context import KeptContext

INDEXED = ("plain", "ntsc", "variable-rate", "oblong-pixels", "hevc", "silent")


@pytest.fixture(autouse=True)
def small_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_alone, "LEAST_MEDIA_BYTES", 1)
    monkeypatch.setattr(index_alone, "FIRST_BYTES", 256)
    monkeypatch.setattr(index_alone, "FIRST_MEDIA_BYTES", 8192)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", allowed_private_networks="127.0.0.0/8")


@pytest.fixture
def store(settings: Settings) -> ObjectStore:
    return open_store(settings, public_url="http://ecg.example:8000")


@pytest.fixture
def job(tmp_path: Path) -> Iterator[KeptContext]:
    work = tmp_path / "work"
    work.mkdir()
    context = KeptContext(work, tenant_id="acme")
    yield context
    context.close()


def with_index_first(video: Path, folder: Path) -> Path:
    made = folder / "first.mp4"
    command = ("ffmpeg", "-v", "error", "-y", "-i", video, "-c", "copy", "-movflags", "+faststart", made)
    subprocess.run(command, check=True)
    return made


def in_store(store: ObjectStore, video: Path) -> str:
    return store.put_file("videos/acme/in.mp4", video, content_type="video/mp4").key


def in_ranges(data: bytes, tags: Iterator[str] | None = None) -> Handler:
    """Answers ranges, as `"v1"` or as the next of `tags`."""

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        start, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        part = data[int(start) : int(last) + 1]
        shown = f"bytes {start}-{int(start) + len(part) - 1}/{len(data)}"
        tag = next(tags) if tags else '"v1"'
        writer.write(
            head("206 Partial Content", content_length=len(part), content_range=shown, etag=tag) + part
        )

    return handle


def from_server(job: KeptContext, settings: Settings, store: ObjectStore, handler: Handler) -> Path | None:
    async def run() -> tuple[Path | None, Server]:
        async with serving(handler) as server:
            return await asyncio.to_thread(fetch_index, job, server.url(), settings, store), server

    return asyncio.run(run())[0]


@pytest.fixture(params=[f"{kind}{where}" for kind in INDEXED for where in ("", ", index first")])
def video(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    kind, _, first = request.param.partition(", ")
    return with_index_first(clip(kind), tmp_path) if first else clip(kind)


def test_times_and_sizes_are_those_of_the_whole_file(
    job: KeptContext, settings: Settings, store: ObjectStore, video: Path
) -> None:
    index = fetch_index(job, in_store(store, video), settings, store)
    assert index is not None
    mine, whole_one = read_frame_table(index), read_frame_table(video)
    assert np.array_equal(mine.pts, whole_one.pts)
    assert (mine.exact, mine.complete, mine.origin) == (whole_one.exact, True, whole_one.origin)
    seen, known = probe(index).require_video(), probe(video).require_video()
    assert (seen.width, seen.height, seen.sample_aspect) == (known.width, known.height, known.sample_aspect)
    assert index.stat().st_size == video.stat().st_size


def test_media_are_neither_fetched_nor_kept(job: KeptContext, settings: Settings, store: ObjectStore) -> None:
    data = clip("plain").read_bytes()
    asked: list[int] = []

    async def counting(request: Request, writer: asyncio.StreamWriter) -> None:
        start, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        asked.append(int(last) - int(start) + 1)
        await in_ranges(data)(request, writer)

    index = from_server(job, settings, store, counting)
    assert index is not None
    assert sum(asked) < len(data) / 4
    media = data.index(b"mdat") + 4 + 8192
    assert index.read_bytes()[media : media + 1000] == bytes(1000)


@pytest.mark.parametrize("kind", ["matroska", "vp9", "avi"])
def test_other_containers_are_fetched_whole(
    job: KeptContext, settings: Settings, store: ObjectStore, kind: str
) -> None:
    assert fetch_index(job, in_store(store, clip(kind)), settings, store) is None


def test_fragments_are_fetched_whole(
    job: KeptContext, settings: Settings, store: ObjectStore, tmp_path: Path
) -> None:
    made = tmp_path / "fragments.mp4"
    flags = "frag_keyframe+empty_moov+default_base_moof"
    command = ("ffmpeg", "-v", "error", "-i", clip("plain"), "-c", "copy", "-movflags", flags, made)
    subprocess.run(command, check=True)
    assert fetch_index(job, in_store(store, made), settings, store) is None


@pytest.mark.parametrize("end", [0, 5, 40, 300, -1])
def test_what_is_cut_off_is_fetched_whole(
    job: KeptContext, settings: Settings, store: ObjectStore, tmp_path: Path, end: int
) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip("plain").read_bytes()[:end] or b"\0")
    assert fetch_index(job, in_store(store, cut), settings, store) is None


class TestServers:
    def test_one_that_knows_no_ranges(self, job: KeptContext, settings: Settings, store: ObjectStore) -> None:
        assert from_server(job, settings, store, whole(clip("plain").read_bytes(), etag='"v1"')) is None

    @pytest.mark.parametrize("tag", ['W/"v1"', ""])
    def test_one_that_tells_no_versions(
        self, job: KeptContext, settings: Settings, store: ObjectStore, tag: str
    ) -> None:
        handler = in_ranges(clip("plain").read_bytes(), iter([tag] * 20))
        assert from_server(job, settings, store, handler) is None

    def test_forbidden_addresses_stay_forbidden(self, job: KeptContext, store: ObjectStore) -> None:
        with pytest.raises(ForbiddenUrl):
            fetch_index(job, "http://169.254.169.254/in.mp4", Settings(), store)
