"""What every store of objects promises."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ecg.errors import Cancelled, Conflict, InputError, NotFound, StorageError, TooLarge
from ecg.store import BadKey, ObjectStore, RangeOutside

MB = 1024 * 1024
KEY = "renders/acme/job-7.mp4"
Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Puts bytes into a new file."""

    def written(data: bytes) -> Path:
        path = tmp_path / f"source-{len(list(tmp_path.iterdir()))}"
        path.write_bytes(data)
        return path

    return written


def put(store: ObjectStore, key: str, path: Path) -> None:
    store.put_file(key, path, content_type="video/mp4")


def read(store: ObjectStore, key: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.open_range(key, start, length))


class TestPutFile:
    def test_what_was_put_is_there(self, store: ObjectStore, write: Write) -> None:
        stored = store.put_file(KEY, write(b"moving pictures"), content_type="video/mp4")
        assert read(store, KEY) == b"moving pictures"
        assert (stored.key, stored.size, stored.content_type) == (KEY, 15, "video/mp4")
        assert abs(datetime.now(UTC) - stored.modified) < timedelta(minutes=2)
        assert store.head(KEY) == stored

    def test_an_empty_file_is_an_object_too(self, store: ObjectStore, write: Write) -> None:
        assert store.put_file(KEY, write(b""), content_type="video/mp4").size == 0
        assert read(store, KEY) == b""

    def test_keeps_a_content_type_that_the_extension_does_not_tell(
        self, store: ObjectStore, write: Write
    ) -> None:
        store.put_file("uploads/a.bin", write(b"x"), content_type="video/x-matroska")
        found = store.head("uploads/a.bin")
        assert found is not None
        assert found.content_type == "video/x-matroska"

    def test_replaces_an_object_and_its_etag(self, store: ObjectStore, write: Write) -> None:
        first = store.put_file(KEY, write(b"first"), content_type="video/mp4")
        second = store.put_file(KEY, write(b"other"), content_type="video/mp4")
        assert first.etag != second.etag
        assert read(store, KEY) == b"other"

    def test_forty_megabytes_arrive_whole_and_tell_how_far_they_are(
        self, store: ObjectStore, write: Write, tmp_path: Path
    ) -> None:
        data = random.Random(1).randbytes(40 * MB + 12_345)
        told: list[tuple[int, int]] = []
        store.put_file(KEY, write(data), content_type="video/mp4", progress=lambda *seen: told.append(seen))
        assert told == sorted(told)
        assert told[-1] == (len(data), len(data))
        store.fetch_file(KEY, tmp_path / "back.mp4")
        assert (tmp_path / "back.mp4").read_bytes() == data

    @pytest.mark.parametrize(("size", "patience"), [(1000, 0), (40 * MB, 3)], ids=["small", "in parts"])
    def test_cancelling_leaves_what_was_there_before(
        self, store: ObjectStore, write: Write, size: int, patience: int
    ) -> None:
        put(store, KEY, write(b"before"))
        asked = iter([False] * patience)
        with pytest.raises(Cancelled):
            store.put_file(
                KEY, write(bytes(size)), content_type="video/mp4", cancelled=lambda: next(asked, True)
            )
        assert read(store, KEY) == b"before"
        assert store.sweep(older_than_seconds=0) == 0

    def test_a_missing_file_is_the_stores_error(self, store: ObjectStore, tmp_path: Path) -> None:
        with pytest.raises(StorageError, match="nothing-here"):
            put(store, KEY, tmp_path / "nothing-here")

    @pytest.mark.parametrize(
        "content_type", ["", "mp4", "video/mp4\r\nSet-Cookie: a=b", "видео/mp4", "a/" + "b" * 300]
    )
    def test_refuses_what_is_no_content_type(
        self, store: ObjectStore, write: Write, content_type: str
    ) -> None:
        with pytest.raises(InputError, match="content type"):
            store.put_file(KEY, write(b"x"), content_type=content_type)
        assert store.head(KEY) is None

    def test_readers_see_one_writers_bytes_whole(self, store: ObjectStore, write: Write) -> None:
        versions = [bytes([letter]) * 3 * MB for letter in b"abc"]
        put(store, KEY, write(versions[0]))
        sources = [write(version) for version in versions]

        def overwrite(path: Path) -> None:
            for _ in range(4):
                put(store, KEY, path)

        writers = [threading.Thread(target=overwrite, args=[path]) for path in sources]
        for writer in writers:
            writer.start()
        seen = []
        while any(writer.is_alive() for writer in writers):
            seen.append(read(store, KEY))
        for writer in writers:
            writer.join()
        assert seen
        assert all(data in versions for data in seen)


class TestFetchFile:
    def test_missing_objects_are_not_found(self, store: ObjectStore, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match=KEY):
            store.fetch_file(KEY, tmp_path / "back")
        assert list(tmp_path.glob("*back*")) == []

    def test_refuses_more_than_the_caller_allows(
        self, store: ObjectStore, write: Write, tmp_path: Path
    ) -> None:
        put(store, KEY, write(b"12345"))
        assert store.fetch_file(KEY, tmp_path / "back", max_bytes=5).size == 5
        with pytest.raises(TooLarge, match="5 bytes"):
            store.fetch_file(KEY, tmp_path / "again", max_bytes=4)

    def test_cancelling_leaves_no_file(self, store: ObjectStore, write: Write, tmp_path: Path) -> None:
        put(store, KEY, write(bytes(3 * MB)))
        with pytest.raises(Cancelled):
            store.fetch_file(KEY, tmp_path / "back", cancelled=lambda: True)
        assert list(tmp_path.glob("*back*")) == []


class TestOpenRange:
    def test_random_ranges_equal_slices(self, store: ObjectStore, write: Write) -> None:
        rng = random.Random(2)
        data = rng.randbytes(3 * MB)
        put(store, KEY, write(data))
        for _ in range(25):
            start = rng.randrange(len(data))
            length = rng.choice([1, rng.randrange(1, len(data)), 2 * len(data), None])
            expected = data[start:] if length is None else data[start : start + length]
            assert read(store, KEY, start, length) == expected

    @pytest.mark.parametrize(
        ("start", "length"), [(5, None), (5, 1), (99, None), (-1, None), (0, 0), (0, -3)]
    )
    def test_a_range_without_a_byte_is_refused(
        self, store: ObjectStore, write: Write, start: int, length: int | None
    ) -> None:
        put(store, KEY, write(b"12345"))
        with pytest.raises(RangeOutside):
            read(store, KEY, start, length)

    def test_missing_objects_are_not_found(self, store: ObjectStore) -> None:
        with pytest.raises(NotFound):
            read(store, KEY, 2, 3)


class TestHeadAndDelete:
    def test_nothing_is_known_of_a_missing_object(self, store: ObjectStore) -> None:
        assert store.head(KEY) is None
        assert store.head("renders") is None

    def test_deleting_twice_is_deleting_once(self, store: ObjectStore, write: Write) -> None:
        put(store, KEY, write(b"x"))
        store.delete(KEY)
        store.delete(KEY)
        assert store.head(KEY) is None
        assert list(store.keys("renders/")) == []


class TestMove:
    def test_the_object_has_its_new_key_only(self, store: ObjectStore, write: Write) -> None:
        store.put_file("uploads/a.bin", write(b"data"), content_type="video/x-flv")
        put(store, "videos/a.bin", write(b"replaced"))
        moved = store.move("uploads/a.bin", "videos/a.bin")
        assert (moved.key, moved.size, moved.content_type) == ("videos/a.bin", 4, "video/x-flv")
        assert store.head("videos/a.bin") == moved
        assert read(store, "videos/a.bin") == b"data"
        assert store.head("uploads/a.bin") is None

    def test_only_the_version_that_is_meant(self, store: ObjectStore, write: Write) -> None:
        seen = store.put_file("uploads/a.mp4", write(b"looked at"), content_type="video/mp4")
        store.put_file("uploads/a.mp4", write(b"another"), content_type="video/mp4")
        with pytest.raises(Conflict):
            store.move("uploads/a.mp4", "videos/a.mp4", etag=seen.etag)
        assert store.head("videos/a.mp4") is None
        now = store.head("uploads/a.mp4")
        assert now is not None
        store.move("uploads/a.mp4", "videos/a.mp4", etag=now.etag)
        assert read(store, "videos/a.mp4") == b"another"

    def test_to_itself_is_no_loss(self, store: ObjectStore, write: Write) -> None:
        put(store, KEY, write(b"data"))
        store.move(KEY, KEY)
        assert read(store, KEY) == b"data"

    def test_missing_objects_are_not_found(self, store: ObjectStore) -> None:
        with pytest.raises(NotFound):
            store.move(KEY, "elsewhere.mp4")


class TestKeys:
    def test_those_of_the_prefix_in_order(self, store: ObjectStore, write: Write) -> None:
        keys = ["a/b/c", "a/b-d", "a/b.e", "a/bb", "a/b0/z", "a/x", "b/a", "B/a"]
        for key in keys:
            put(store, key, write(b"x"))
        assert list(store.keys("a/")) == sorted(key for key in keys if key.startswith("a/"))
        assert list(store.keys("a/b")) == sorted(key for key in keys if key.startswith("a/b"))
        assert list(store.keys("a/b/c")) == ["a/b/c"]
        assert list(store.keys()) == sorted(keys)
        assert list(store.keys("nothing/")) == []


class TestHostileKeys:
    @pytest.mark.parametrize(
        "key", ["../etc/passwd", "/etc/passwd", "a/../../b", "a//b", "", "a\0b", ".incoming/x"]
    )
    def test_no_call_takes_them(self, store: ObjectStore, write: Write, tmp_path: Path, key: str) -> None:
        calls: list[Callable[[], object]] = [
            lambda: put(store, key, write(b"x")),
            lambda: store.fetch_file(key, tmp_path / "out"),
            lambda: read(store, key),
            lambda: store.head(key),
            lambda: store.delete(key),
            lambda: store.move(key, KEY),
            lambda: store.move(KEY, key),
            lambda: store.download_url(key, seconds=60),
            lambda: store.upload_url(key, content_type="video/mp4", size=1, seconds=60),
        ]
        put(store, KEY, write(b"x"))
        for call in calls:
            with pytest.raises(BadKey):
                call()


class TestCheck:
    def test_a_well_store_is_well(self, store: ObjectStore) -> None:
        store.check()


class TestLinks:
    @pytest.mark.parametrize("seconds", [0, -1, 8 * 24 * 3600])
    def test_no_link_lives_longer_than_can_be_signed(self, store: ObjectStore, seconds: int) -> None:
        with pytest.raises(ValueError, match="seconds"):
            store.download_url(KEY, seconds=seconds)


def test_nothing_else_is_left_on_the_disk(local_store: ObjectStore, write: Write, tmp_path: Path) -> None:
    put(local_store, KEY, write(b"x"))
    local_store.check()
    files = [path for path in (tmp_path / "data" / "objects").rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["job-7.mp4"]
