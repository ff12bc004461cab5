"""A bucket behind a bad network, with wrong keys, and with what killed processes leave in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ecg.errors import StorageError
from ecg.processes import running
from ecg.store.objects import StorageRefused
from ecg.store.s3 import BROKEN_READS, S3Store
from ecg.store.s3_client import connect
from tests.services.s3 import S3Server
from tests.services.starting import free_port
from tests.store.serving import Cable

MB = 1024 * 1024
Call = Callable[[S3Store, Path], None]
KEY = "renders/acme/job-7.mp4"

PUT_AND_WAIT = """
import sys, time
from pathlib import Path
from ecg.store.s3 import S3Store

def wait(*_):
    print("writing", flush=True)
    time.sleep(600)

store = S3Store(sys.argv[1], endpoint_url=sys.argv[2])
store.put_file("a/b.mp4", Path(sys.argv[3]), content_type="video/mp4", progress=wait)
"""


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.mp4"
    path.write_bytes(bytes(40 * MB))
    return path


def port_of(server: S3Server) -> int:
    port = urlsplit(server.endpoint_url).port
    assert port is not None
    return port


class TestABrokenConnection:
    def test_a_download_goes_on_where_it_broke(
        self, s3_server: S3Server, s3_store: S3Store, s3_bucket: str, tmp_path: Path
    ) -> None:
        data = bytes(range(256)) * 40_000
        (tmp_path / "file").write_bytes(data)
        s3_store.put_file(KEY, tmp_path / "file", content_type="video/mp4")
        cable = Cable(port_of(s3_server), down=4 * MB, cuts=2)
        with cable.plugged() as url:
            S3Store(s3_bucket, endpoint_url=url).fetch_file(KEY, tmp_path / "back")
        assert cable.made == 2
        assert (tmp_path / "back").read_bytes() == data

    def test_one_that_breaks_for_ever_leaves_no_file(
        self,
        *,
        s3_server: S3Server,
        s3_store: S3Store,
        s3_bucket: str,
        large: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        s3_store.put_file(KEY, large, content_type="video/mp4")
        monkeypatch.setattr("ecg.store.s3.BROKEN_READ_PAUSE", 0)
        cable = Cable(port_of(s3_server), down=2 * MB, cuts=float("inf"))
        with cable.plugged() as url, pytest.raises(StorageError, match="cannot be reached"):
            S3Store(s3_bucket, endpoint_url=url).fetch_file(KEY, tmp_path / "back")
        assert cable.made == BROKEN_READS + 1
        assert list(tmp_path.glob("*back*")) == []

    def test_an_upload_is_repeated_where_it_broke(
        self, s3_server: S3Server, s3_store: S3Store, s3_bucket: str, large: Path
    ) -> None:
        cable = Cable(port_of(s3_server), up=10 * MB)
        with cable.plugged() as url:
            stored = S3Store(s3_bucket, endpoint_url=url).put_file(KEY, large, content_type="video/mp4")
        assert cable.made == 1
        assert stored.size == 40 * MB
        assert s3_store.head(KEY) == stored

    def test_an_upload_that_fails_leaves_nothing(
        self, s3_server: S3Server, s3_store: S3Store, s3_bucket: str, large: Path
    ) -> None:
        cable = Cable(port_of(s3_server), up=10 * MB, cuts=float("inf"))
        with cable.plugged() as url:
            store = S3Store(s3_bucket, endpoint_url=url)
            store.__dict__["_client"] = connect(url, patient=False)
            with pytest.raises(StorageError) as caught:
                store.put_file(KEY, large, content_type="video/mp4")
        assert caught.value.retryable
        assert s3_store.head(KEY) is None
        assert s3_store.sweep(older_than_seconds=0) == 0


class TestAnUploaderThatDies:
    def test_its_parts_are_swept(
        self, s3_server: S3Server, s3_store: S3Store, s3_bucket: str, large: Path
    ) -> None:
        command = [sys.executable, "-c", PUT_AND_WAIT, s3_bucket, s3_server.endpoint_url, str(large)]
        with running(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            with process.stdout as told:
                assert told.readline() == b"writing\n"
            process.kill()
            process.wait()
        assert s3_store.head("a/b.mp4") is None
        assert s3_store.sweep() == 0  # it might be alive elsewhere
        assert s3_store.sweep("other/", older_than_seconds=0) == 0
        assert s3_store.sweep("a/b.mp4", older_than_seconds=0) == 1
        assert s3_store.sweep(older_than_seconds=0) == 0


def check(store: S3Store, _folder: Path) -> None:
    store.check()


def put(store: S3Store, folder: Path) -> None:
    (folder / "file").write_bytes(b"x")
    store.put_file(KEY, folder / "file", content_type="video/mp4")


def fetch(store: S3Store, folder: Path) -> None:
    store.fetch_file(KEY, folder / "back")


class TestRefusals:
    @pytest.mark.parametrize("call", [check, put, fetch])
    @pytest.mark.usefixtures("s3_bucket")
    def test_a_missing_bucket(self, s3_server: S3Server, tmp_path: Path, call: Call) -> None:
        store = S3Store("no-such-bucket", endpoint_url=s3_server.endpoint_url)
        with pytest.raises(StorageError, match="s3://no-such-bucket") as caught:
            call(store, tmp_path)
        assert not caught.value.retryable
        assert "S3_BUCKET" in str(caught.value.hint)

    @pytest.mark.parametrize("call", [check, put, fetch])
    @pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    def test_wrong_keys(
        self,
        *,
        s3_server: S3Server,
        s3_bucket: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        call: Call,
        variable: str,
    ) -> None:
        monkeypatch.setenv(variable, "ecg:wrong")
        store = S3Store(s3_bucket, endpoint_url=s3_server.endpoint_url)
        with pytest.raises(StorageRefused) as caught:
            call(store, tmp_path)
        assert "ecg:wrong" not in str(caught.value)
        assert "ecg-tests-secret" not in str(caught.value)

    def test_no_keys(
        self, s3_server: S3Server, s3_bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("HOME", str(tmp_path))
        store = S3Store(s3_bucket, endpoint_url=s3_server.endpoint_url)
        with pytest.raises(StorageRefused, match="no keys") as caught:
            store.check()
        assert "AWS_ACCESS_KEY_ID" in str(caught.value.hint)

    def test_a_store_that_is_not_there(self, s3_bucket: str) -> None:
        store = S3Store(s3_bucket, endpoint_url=f"http://127.0.0.1:{free_port()}")
        with pytest.raises(StorageError, match="cannot be reached") as caught:
            store.check()
        assert caught.value.retryable
        assert "S3_ENDPOINT_URL" in str(caught.value.hint)
