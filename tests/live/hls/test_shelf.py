"""The window on disk: whole playlists, files that stay as long as they must, a new process that goes on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ecg.live.hls.playlist import Segment, parse
from ecg.live.hls.shelf import PLAYLIST, UNSEEN, Shelf

AT = 1_795_649_142_070


def add(
    shelf: Shelf, number: int, *, milliseconds: int = 1000, session: str = "0a1b2c3d", target: int = 1
) -> None:
    name = f"{session}-{number:06d}.ts"
    (shelf.folder / name).write_bytes(b"video")
    first = number == 0 and shelf.window is not None
    segment = Segment(name, milliseconds, AT + 1000 * number, discontinuity=first)
    shelf.add(segment, target=1)


def opened(folder: Path, **options: int) -> Shelf:
    shelf = Shelf(folder, keep_seconds=options.pop("keep_seconds", 5), **options)
    shelf.open()
    return shelf


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.ts")}


def test_another_process_goes_on_where_one_was_killed(tmp_path: Path) -> None:
    first = opened(tmp_path)
    for number in range(8):
        add(first, number)
    second = opened(tmp_path)
    assert second.window == first.window
    add(second, 0, session="ffffffff")
    window = parse((tmp_path / PLAYLIST).read_text())
    assert window.next_sequence == 9
    assert window.segments[-1].discontinuity


def test_a_paused_camera_shows_nothing_and_goes_on_afterwards(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    add(shelf, 0)
    shelf.pause()
    assert not (tmp_path / PLAYLIST).exists()
    again = opened(tmp_path)
    add(again, 0, session="ffffffff")
    assert parse((tmp_path / PLAYLIST).read_text()).next_sequence == 2


def test_a_playlist_that_a_full_disk_cut_off_is_no_end(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    add(shelf, 0)
    (tmp_path / PLAYLIST).write_text((tmp_path / PLAYLIST).read_text()[:40])
    again = opened(tmp_path, next_sequence=1)
    assert again.window is None
    add(again, 5)
    assert parse((tmp_path / PLAYLIST).read_text()).sequence == 1 + UNSEEN


def test_a_host_without_the_files_goes_on_behind_what_was_shown(tmp_path: Path) -> None:
    shelf = opened(tmp_path, next_sequence=400)
    add(shelf, 0)
    assert shelf.window is not None
    assert shelf.window.sequence == 400 + UNSEEN


def test_longer_segments_begin_an_empty_window_with_the_same_sequences(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    for number in range(3):
        add(shelf, number)
    add(shelf, 3, milliseconds=4000)
    window = parse((tmp_path / PLAYLIST).read_text())
    assert (window.target, window.sequence, len(window.segments)) == (4, 3, 1)
    assert window.segments[0].discontinuity
    assert len(names(tmp_path)) == 4, "players may still fetch what the playlist named before"


def test_segments_stay_for_their_duration_and_the_playlist_that_named_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    shelf = opened(tmp_path)
    for number in range(40):
        add(shelf, number)
        # named in the last window of 5 s, then kept for 5 s of playlist and 1 s of itself
        assert names(tmp_path) == {
            f"0a1b2c3d-{kept:06d}.ts" for kept in range(max(0, number - 10), number + 1)
        }
        now += 1


def test_files_that_nobody_names_any_more_go_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    (tmp_path / "deadbeef-000001.ts").write_bytes(b"of a process that was killed")
    (tmp_path / "notes.txt").write_text("not ours")
    shelf = opened(tmp_path)
    add(shelf, 0)
    assert "deadbeef-000001.ts" in names(tmp_path)
    now += 100
    add(shelf, 1)
    assert "deadbeef-000001.ts" not in names(tmp_path)
    assert (tmp_path / "notes.txt").exists()
