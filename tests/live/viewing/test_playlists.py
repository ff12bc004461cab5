"""Whoever waits for a segment is answered when the playlist names it, and not before."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from ecg.errors import InputError
from ecg.live.hls.playlist import Segment, Window, render
from ecg.live.viewing import playlists
from ecg.live.viewing.playlists import Playlists, StreamNotReady


def write(path: Path, first: int, count: int, *, target: int = 1) -> str:
    segments = tuple(
        Segment(f"0123abcd-{number:06d}.ts", 1000, 1_700_000_000_000 + 1000 * number)
        for number in range(first, first + count)
    )
    text = render(Window(target, first, 0, segments))
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)
    return text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "live.m3u8"


def test_what_is_named_already_is_answered_at_once(path: Path) -> None:
    text = write(path, 10, 5)
    for wanted in (None, 3, 14):
        assert asyncio.run(Playlists().text(path, wanted)) == text


def test_the_next_segment_is_waited_for_by_all_with_one_look(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, 10, 5)
    looks = 0
    version = playlists._version

    def counted(each: Path) -> playlists.Version:
        nonlocal looks
        looks += 1
        return version(each)

    async def run() -> tuple[list[str], str]:
        shared = Playlists()
        waiting = [asyncio.create_task(shared.text(path, 15, viewer=f"viewer {n}")) for n in range(50)]
        done, _ = await asyncio.wait(waiting, timeout=0.3)
        assert not done
        nonlocal looks
        monkeypatch.setattr(playlists, "_version", counted)
        looks = 0
        await asyncio.sleep(0.3)
        assert looks <= 10  # and not fifty times as many
        text = write(path, 11, 5)
        return await asyncio.gather(*waiting), text

    answers, text = asyncio.run(run())
    assert answers == [text] * 50


def test_one_viewer_keeps_connections_for_segments(path: Path) -> None:
    async def run() -> None:
        shared, text = Playlists(), write(path, 10, 5)
        waiting = [asyncio.create_task(shared.text(path, 15, viewer="one")) for _ in range(6)]
        done, blocked = await asyncio.wait(waiting, timeout=0.3)
        assert len(blocked) == playlists.MOST_WAITING
        assert all(each.result() == text for each in done)
        assert (await asyncio.wait([asyncio.create_task(shared.text(path, 15, viewer="two"))], timeout=0.2))[
            1
        ]
        after = write(path, 11, 5)
        assert [await each for each in blocked] == [after] * playlists.MOST_WAITING
        assert await shared.text(path, 15, viewer="one") == after

    asyncio.run(run())


def test_a_camera_that_has_stopped_is_answered_with_what_there_is(path: Path) -> None:
    text = write(path, 10, 5)
    assert asyncio.run(Playlists().text(path, 15)) == text


def test_a_number_that_no_player_can_want_is_refused(path: Path) -> None:
    write(path, 10, 5)
    with pytest.raises(InputError, match="too far ahead"):
        asyncio.run(Playlists().text(path, 17))


def test_a_playlist_that_is_about_to_appear_is_waited_for(path: Path) -> None:
    async def run() -> str:
        waiting = asyncio.create_task(Playlists().text(path))
        await asyncio.sleep(0.1)
        write(path, 0, 1)
        return await waiting

    assert "#EXTINF" in asyncio.run(run())


def test_a_camera_without_a_playlist_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playlists, "START_SECONDS", 0.2)
    with pytest.raises(StreamNotReady):
        asyncio.run(Playlists().text(path))


def test_a_version_with_the_same_time_is_another_file(path: Path) -> None:
    write(path, 0, 1)
    before = playlists._version(path)
    assert before is not None
    write(path, 0, 2)
    os.utime(path, ns=(before[0], before[0]))
    assert playlists._version(path) != before
