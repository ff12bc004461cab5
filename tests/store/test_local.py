"""Objects as files: what other processes, full disks and people at the disk do to them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecg.errors import Conflict, NotFound, SettingsError, StorageError
from ecg.processes import running
from ecg.store.disk import disk_errors
from ecg.store.local import LocalStore
from ecg.store.objects import StorageRefused

KEY = "renders/acme/job-7.mp4"

PUT_AND_WAIT = """
import sys, time
from pathlib import Path
from ecg.store.local import LocalStore

def wait(*_):
    print("writing", flush=True)
    time.sleep(600)

LocalStore(Path(sys.argv[1])).put_file("a/b.mp4", Path(sys.argv[2]), content_type="video/mp4", progress=wait)
"""

PUT_BEYOND_THE_LIMIT = """
import resource, sys
from pathlib import Path
from ecg.errors import StorageError
from ecg.store.local import LocalStore

resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
try:
    LocalStore(Path(sys.argv[1])).put_file("a/b.mp4", Path(sys.argv[2]), content_type="video/mp4")
except StorageError as error:
    print(error.code, error, error.hint)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def store(root: Path) -> LocalStore:
    return LocalStore(root)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.mp4"
    path.write_bytes(bytes(3_000_000))
    return path


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


class TestAWriterThatDies:
    def test_what_it_left_is_swept_and_what_lives_is_not(
        self, store: LocalStore, root: Path, source: Path
    ) -> None:
        command = [sys.executable, "-c", PUT_AND_WAIT, str(root), str(source)]
        with running(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            with process.stdout as told:
                assert told.readline() == b"writing\n"
            assert store.sweep() == 0
            process.kill()
            process.wait()
        assert len(files(root)) == 1
        assert store.sweep() == 1
        assert files(root) == []
        assert store.head("a/b.mp4") is None


class TestAFullDisk:
    def test_nothing_of_the_file_stays(self, root: Path, source: Path) -> None:
        command = [sys.executable, "-c", PUT_BEYOND_THE_LIMIT, str(root), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.startswith("STORAGE_ACCESS_ERROR")
        assert "b.mp4" in done.stdout
        assert "ECG_DATA_DIR" in done.stdout
        assert files(root) == []

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
    def test_may_be_tried_again(self, number: int) -> None:
        with pytest.raises(StorageError) as caught, disk_errors(Path("/objects/x")):
            raise OSError(number, os.strerror(number))
        assert caught.value.retryable
        assert "/objects/x" in str(caught.value)

    @pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
    def test_but_a_forbidden_one_may_not(self, number: int) -> None:
        with pytest.raises(StorageRefused) as caught, disk_errors(Path("/objects/x")):
            raise OSError(number, os.strerror(number))
        assert not caught.value.retryable


class TestCheck:
    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(StorageError, match="file"):
            LocalStore(tmp_path / "file").check()

    def test_leaves_nothing(self, store: LocalStore, root: Path) -> None:
        store.check()
        assert files(root) == []


class TestOpen:
    def test_a_link_that_leads_out_is_no_object(self, store: LocalStore, root: Path, source: Path) -> None:
        (root / "renders").mkdir(parents=True)
        (root / "renders" / "a.mp4").symlink_to(source)
        with pytest.raises(NotFound):
            store.open("renders/a.mp4")
        assert store.head("renders/a.mp4") is None

    def test_a_pipe_or_a_folder_is_no_object(self, store: LocalStore, root: Path) -> None:
        (root / "renders").mkdir(parents=True)
        os.mkfifo(root / "renders" / "a.mp4")
        for key in ("renders/a.mp4", "renders"):
            with pytest.raises(NotFound):
                store.open(key)

    def test_a_file_is_in_the_way_of_a_folder(self, store: LocalStore, source: Path) -> None:
        store.put_file("renders", source, content_type="video/mp4")
        with pytest.raises(StorageError):
            store.put_file("renders/a.mp4", source, content_type="video/mp4")
        with pytest.raises(NotFound):
            store.open("renders/a.mp4")


class TestContentTypes:
    def test_a_note_of_another_version_does_not_count(
        self, store: LocalStore, root: Path, source: Path
    ) -> None:
        store.put_file("a.mp4", source, content_type="video/x-m4v")
        note = (root / ".a.mp4.type").read_bytes()
        store.put_file("a.mp4", source, content_type="video/quicktime")
        (root / ".a.mp4.type").write_bytes(note)
        found = store.head("a.mp4")
        assert found is not None
        assert found.content_type == "video/mp4"

    def test_the_note_goes_with_its_object(self, store: LocalStore, root: Path, source: Path) -> None:
        store.put_file("a.mp4", source, content_type="video/x-m4v")
        store.move("a.mp4", "b.mp4")
        store.delete("b.mp4")
        assert files(root) == []


class TestReceive:
    def test_nothing_is_seen_before_the_end(self, store: LocalStore, root: Path) -> None:
        with store.receive(KEY, "video/mp4") as arrival:
            arrival.write(b"half")
            assert store.head(KEY) is None
        assert files(root) == []

    def test_the_first_of_two_is_kept(self, store: LocalStore) -> None:
        with store.receive(KEY, "video/mp4") as one, store.receive(KEY, "video/mp4") as other:
            one.write(b"one")
            other.write(b"other")
            one.finish(replace=False)
            with pytest.raises(Conflict):
                other.finish(replace=False)
        assert b"".join(store.open_range(KEY)) == b"one"


def test_links_need_an_address(store: LocalStore) -> None:
    with pytest.raises(SettingsError) as caught:
        store.download_url(KEY, seconds=60)
    assert caught.value.where == "PUBLIC_URL"
