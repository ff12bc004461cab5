"""What the local store's links do beyond what S3's do, too."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI

from ecg.errors import StorageError
from ecg.settings import Settings
from ecg.store import ObjectStore, endpoints, open_store
from ecg.store.endpoints import files_router
from ecg.store.local import LocalStore
from ecg.web import create_base_app
from tests.store.serving import serving

KEY = "renders/acme/job-7.mp4"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    stores: list[ObjectStore] = []

    def app(url: str) -> FastAPI:
        settings = Settings(data_dir=tmp_path / "data")
        stores.append(open_store(settings, public_url=url))
        application = create_base_app("store", settings)
        application.include_router(files_router(stores[0]))
        return application

    with serving(app):
        yield stores[0]


@pytest.fixture
def put(store: ObjectStore, tmp_path: Path) -> Callable[[bytes], None]:
    def putting(data: bytes) -> None:
        (tmp_path / "file").write_bytes(data)
        store.put_file(KEY, tmp_path / "file", content_type="video/mp4")

    return putting


def left(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "data" / "objects").rglob("*") if path.is_file()]


class TestDownload:
    def test_random_ranges_equal_slices(self, store: ObjectStore, put: Callable[[bytes], None]) -> None:
        rng = random.Random(3)
        data = rng.randbytes(3_000_000)
        put(data)
        with httpx2.Client() as client:
            for _ in range(40):
                first = rng.randrange(len(data))
                last = rng.randrange(first, 2 * len(data))
                answer = client.get(
                    store.download_url(KEY, seconds=60), headers={"Range": f"bytes={first}-{last}"}
                )
                assert answer.status_code == 206
                assert answer.content == data[first : last + 1]
                assert int(answer.headers["content-length"]) == len(answer.content)

    def test_head_tells_all_but_the_bytes(self, store: ObjectStore, put: Callable[[bytes], None]) -> None:
        put(b"12345")
        url = store.download_url(KEY, seconds=60)
        got, head = httpx2.get(url), httpx2.head(url)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-length", "content-type", "etag", "last-modified", "accept-ranges"):
            assert head.headers[name] == got.headers[name]

    def test_nothing_makes_a_browser_guess(self, store: ObjectStore, put: Callable[[bytes], None]) -> None:
        put(b"<script>alert(1)</script>")
        headers = httpx2.get(store.download_url(KEY, seconds=60)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-disposition"].startswith("attachment")

    def test_an_empty_object_is_sent(self, store: ObjectStore, put: Callable[[bytes], None]) -> None:
        put(b"")
        answer = httpx2.get(store.download_url(KEY, seconds=60))
        assert (answer.status_code, answer.content) == (200, b"")

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            (lambda url: url.replace("job-7", "job-8"), 403, "LINK_NOT_VALID"),
            (lambda url: url.partition("?")[0], 403, "LINK_NOT_VALID"),
            (lambda url: url.replace("renders/", "%2e%2e%2f%2e%2e%2f"), 403, "LINK_NOT_VALID"),
            (lambda url: url.replace("job-7", "%ff%00" + "a" * 2000), 403, "LINK_NOT_VALID"),
            (lambda url: url + "&more=1", 403, "LINK_NOT_VALID"),
            (lambda url: url + "&signature=%ff%fe", 403, "LINK_NOT_VALID"),
            (lambda url: url, 404, "NOT_FOUND"),
        ],
    )
    def test_refusals_are_problems_with_a_code(
        self, store: ObjectStore, change: Callable[[str], str], status: int, code: str
    ) -> None:
        answer = httpx2.get(change(store.download_url(KEY, seconds=60)))
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json()["status"], answer.json()["code"]) == (status, code)

    def test_an_expired_link_says_so(self, store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
        url = store.download_url(KEY, seconds=60)
        later = time.time() + 60
        monkeypatch.setattr(time, "time", lambda: later)
        answer = httpx2.get(url)
        assert (answer.status_code, answer.json()["code"]) == (403, "LINK_EXPIRED")

    def test_a_failing_disk_tells_no_paths(self, store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
        def failing(_store: LocalStore, _key: str) -> None:
            raise StorageError("/secret/place cannot be used: Input/output error")

        monkeypatch.setattr(LocalStore, "open", failing)
        answer = httpx2.get(store.download_url(KEY, seconds=60))
        assert (answer.status_code, answer.json()["code"]) == (503, "STORAGE_ACCESS_ERROR")
        assert "secret" not in answer.text

    def test_replacing_the_object_does_not_mix_a_running_download(
        self, store: ObjectStore, put: Callable[[bytes], None]
    ) -> None:
        old, new = b"a" * 30_000_000, b"b" * 20_000_000
        put(old)
        with httpx2.stream("GET", store.download_url(KEY, seconds=60)) as answer:
            pieces = answer.iter_bytes()
            first = next(pieces)
            put(new)
            assert first + b"".join(pieces) == old
        assert httpx2.get(store.download_url(KEY, seconds=60)).content == new


class TestUpload:
    def test_a_link_stores_one_file(self, store: ObjectStore) -> None:
        link = store.upload_url(KEY, content_type="video/mp4", size=3, seconds=60)
        assert httpx2.put(link.url, content=b"one", headers=link.headers).status_code == 200
        again = httpx2.put(link.url, content=b"two", headers=link.headers)
        assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
        assert b"".join(store.open_range(KEY)) == b"one"

    def test_a_link_without_a_length_has_a_limit(self, store: ObjectStore) -> None:
        link = store.upload_url(KEY, content_type="video/mp4", size=3, seconds=60, exact=False)
        assert httpx2.put(link.url, content=b"four", headers=link.headers).status_code == 403
        assert httpx2.put(link.url, content=iter([b"two"]), headers=link.headers).status_code == 403
        lied = link.url.replace("most=3", "size=4")
        assert httpx2.put(lied, content=b"four", headers=link.headers).status_code == 403
        assert httpx2.put(link.url, content=b"tw", headers=link.headers).status_code == 200
        assert b"".join(store.open_range(KEY)) == b"tw"

    def test_of_two_at_once_one_is_stored(self, store: ObjectStore, tmp_path: Path) -> None:
        size = 5_000_000
        link = store.upload_url(KEY, content_type="video/mp4", size=size, seconds=60)
        statuses: list[int] = []

        def upload(letter: bytes) -> None:
            answer = httpx2.put(link.url, content=letter * size, headers=link.headers)
            statuses.append(answer.status_code)

        threads = [threading.Thread(target=upload, args=[letter]) for letter in (b"a", b"b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200, 409]
        assert len(set(b"".join(store.open_range(KEY)))) == 1
        assert left(tmp_path) == ["job-7.mp4"]

    def test_a_broken_upload_leaves_nothing(self, store: LocalStore, tmp_path: Path) -> None:
        link = store.upload_url(KEY, content_type="video/mp4", size=1_000_000, seconds=60)
        self._send_half(link.url).close()
        assert _soon(lambda: left(tmp_path) == [])
        assert store.head(KEY) is None

    def test_a_stalled_upload_is_given_up(
        self, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(endpoints, "STALL_SECONDS", 0.2)
        link = store.upload_url(KEY, content_type="video/mp4", size=1_000_000, seconds=60)
        with self._send_half(link.url) as connection:
            assert b" 408 " in connection.recv(1000)
        assert _soon(lambda: left(tmp_path) == [])

    def _send_half(self, url: str) -> socket.socket:
        parts = urlsplit(url)
        connection = socket.create_connection((parts.hostname, parts.port or 80), timeout=30)
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: h\r\nContent-Type: video/mp4\r\n"
        connection.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + bytes(500_000))
        return connection


def _soon(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return False


def test_a_store_that_serves_its_own_links_has_no_routes(s3_store: ObjectStore) -> None:
    assert files_router(s3_store).routes == []
