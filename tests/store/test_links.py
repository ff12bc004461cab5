"""Signed links, used as a browser or curl uses them: by plain HTTP, without credentials."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.auth
import httpx2
import pytest
from fastapi import FastAPI

from ecg.errors import TooLarge
from ecg.settings import Settings
from ecg.store import ObjectStore, SignedUpload, open_store
from ecg.store.endpoints import files_router
from ecg.web import create_base_app
from tests.store.serving import serving

KEY = "renders/acme/job-7.mp4"
DATA = bytes(range(256)) * 1000
Expire = Callable[[], None]


@pytest.fixture
def local_served(tmp_path: Path) -> Iterator[ObjectStore]:
    stores: list[ObjectStore] = []

    def app(url: str) -> FastAPI:
        settings = Settings(data_dir=tmp_path / "data")
        stores.append(open_store(settings, public_url=url))
        application = create_base_app("store", settings)
        application.include_router(files_router(stores[0]))
        return application

    with serving(app):
        yield stores[0]


@pytest.fixture(params=["local_served", "s3_store"])
def served(request: pytest.FixtureRequest) -> ObjectStore:
    """A store whose links work."""
    chosen: ObjectStore = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def in_the_past(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], Any]:
    """Calls a function two minutes ago."""

    def called(function: Callable[[], Any]) -> Any:
        with monkeypatch.context() as patch:
            then = time.time() - 120
            now = botocore.auth.get_current_datetime  # type: ignore[attr-defined]
            patch.setattr(time, "time", lambda: then)
            patch.setattr(botocore.auth, "get_current_datetime", lambda: now() - timedelta(seconds=120))
            return function()

    return called


def stored(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA)
    store.put_file(KEY, tmp_path / "file", content_type="video/mp4")


class TestDownload:
    def test_anyone_with_the_link_gets_the_file_under_its_name(
        self, served: ObjectStore, tmp_path: Path
    ) -> None:
        stored(served, tmp_path)
        answer = httpx2.get(served.download_url(KEY, seconds=60, file_name="발표 영상.mp4"))
        assert answer.status_code == 200
        assert answer.content == DATA
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["content-length"] == str(len(DATA))
        assert answer.headers["content-disposition"].startswith(
            'attachment; filename="__ __.mp4"; filename*=UTF-8'
        )

    def test_without_a_name_it_has_the_keys(self, served: ObjectStore, tmp_path: Path) -> None:
        stored(served, tmp_path)
        answer = httpx2.get(served.download_url(KEY, seconds=60))
        assert answer.headers["content-disposition"] == 'attachment; filename="job-7.mp4"'

    def test_players_ask_for_ranges(self, served: ObjectStore, tmp_path: Path) -> None:
        stored(served, tmp_path)
        url = served.download_url(KEY, seconds=60)
        answer = httpx2.get(url, headers={"Range": "bytes=1000-1999"})
        assert (answer.status_code, answer.content) == (206, DATA[1000:2000])
        assert answer.headers["content-range"] == f"bytes 1000-1999/{len(DATA)}"
        assert httpx2.get(url, headers={"Range": f"bytes={len(DATA)}-"}).status_code == 416

    def test_a_known_version_is_not_sent_again(self, served: ObjectStore, tmp_path: Path) -> None:
        stored(served, tmp_path)
        url = served.download_url(KEY, seconds=60)
        etag = httpx2.get(url).headers["etag"]
        answer = httpx2.get(url, headers={"If-None-Match": etag})
        assert (answer.status_code, answer.content) == (304, b"")

    def test_an_expired_link_is_refused(
        self, served: ObjectStore, tmp_path: Path, in_the_past: Callable[[Callable[[], str]], str]
    ) -> None:
        stored(served, tmp_path)
        url = in_the_past(lambda: served.download_url(KEY, seconds=60))
        assert httpx2.get(url).status_code == 403

    @pytest.mark.parametrize(
        ("old", "new"),
        [("job-7", "job-8"), ("talk.mp4", "talk.exe"), ("xpires=", "xpires=9"), ("ignature=", "ignature=0")],
    )
    def test_an_altered_link_is_refused(
        self, served: ObjectStore, tmp_path: Path, old: str, new: str
    ) -> None:
        stored(served, tmp_path)
        url = served.download_url(KEY, seconds=60, file_name="talk.mp4")
        assert old in url
        assert httpx2.get(url.replace(old, new)).status_code in {400, 403}

    def test_a_download_link_uploads_nothing(self, served: ObjectStore, tmp_path: Path) -> None:
        stored(served, tmp_path)
        url = served.download_url(KEY, seconds=60)
        assert httpx2.put(url, content=b"x").status_code == 403

    def test_a_missing_object_is_404(self, served: ObjectStore) -> None:
        assert httpx2.get(served.download_url(KEY, seconds=60)).status_code == 404


def upload(link: SignedUpload, data: bytes | Iterator[bytes], **headers: str) -> int:
    answer = httpx2.request(link.method, link.url, content=data, headers={**link.headers, **headers})
    return answer.status_code


class TestUpload:
    @pytest.fixture
    def link(self, served: ObjectStore) -> SignedUpload:
        return served.upload_url("uploads/talk.mp4", content_type="video/mp4", size=len(DATA), seconds=60)

    def test_the_file_is_an_object(self, served: ObjectStore, link: SignedUpload) -> None:
        assert upload(link, DATA) == 200
        found = served.head("uploads/talk.mp4")
        assert found is not None
        assert (found.size, found.content_type) == (len(DATA), "video/mp4")
        assert b"".join(served.open_range("uploads/talk.mp4")) == DATA

    def test_another_length_is_refused(self, served: ObjectStore, link: SignedUpload) -> None:
        assert upload(link, DATA + b"x") == 403
        assert upload(link, DATA[:-1]) == 403
        assert upload(link, iter([DATA])) == 403  # chunked: no length at all
        assert served.head("uploads/talk.mp4") is None

    def test_another_type_is_refused(self, served: ObjectStore, link: SignedUpload) -> None:
        assert upload(link, DATA, **{"Content-Type": "text/html"}) == 403
        assert served.head("uploads/talk.mp4") is None

    def test_a_link_without_a_length_takes_any(self, served: ObjectStore) -> None:
        link = served.upload_url(
            "uploads/talk.mp4", content_type="video/mp4", size=10 * len(DATA), seconds=60, exact=False
        )
        assert upload(link, DATA, **{"Content-Type": "text/html"}) == 403
        assert upload(link, DATA) == 200
        assert b"".join(served.open_range("uploads/talk.mp4")) == DATA

    def test_an_altered_link_is_refused(self, served: ObjectStore, link: SignedUpload) -> None:
        other = SignedUpload(link.url.replace("talk", "walk"), link.method, link.headers)
        assert upload(other, DATA) == 403
        assert served.head("uploads/walk.mp4") is None

    def test_an_expired_link_is_refused(
        self, served: ObjectStore, in_the_past: Callable[[Callable[[], SignedUpload]], SignedUpload]
    ) -> None:
        link = in_the_past(
            lambda: served.upload_url("uploads/a.mp4", content_type="video/mp4", size=len(DATA), seconds=60)
        )
        assert upload(link, DATA) == 403
        assert served.head("uploads/a.mp4") is None


def test_s3_takes_no_single_upload_beyond_five_gigabytes(s3_store: ObjectStore) -> None:
    with pytest.raises(TooLarge):
        s3_store.upload_url("uploads/a.mp4", content_type="video/mp4", size=5 * 1024**3 + 1, seconds=60)
