"""Notes beside recordings: what whoever comes after a killed process can tell."""

from __future__ import annotations

import os
from pathlib import Path

from ecg.live.archives.naming import ARCHIVE_NAME, OPEN_NAME, archive_id, archive_name
from ecg.live.archives.open_files import Note, OpenFiles, closed_files, forget, note_of

AT = 1_795_649_142_070
SESSION = "0a1b2c3d"


def written(folder: Path, number: int, session: str = SESSION) -> Path:
    path = folder / f"{session}-{number:05d}.mp4"
    path.write_bytes(b"video")
    return path


def aged(path: Path, seconds: float = 60) -> Path:
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))
    return path


def test_names_are_those_that_people_know() -> None:
    assert archive_name(AT) == "archive_20261125_232542.mp4"
    assert ARCHIVE_NAME.fullmatch(archive_name(AT))
    assert OPEN_NAME.fullmatch("0a1b2c3d-00000.mp4")
    assert not OPEN_NAME.fullmatch("../0a1b2c3d-00000.mp4")


def test_an_id_is_of_one_file_of_one_camera() -> None:
    ids = {archive_id(tenant, camera, name) for tenant in "ab" for camera in "cd" for name in "ef"}
    assert len(ids) == 8
    assert archive_id("a", "c", "e") in ids


def test_recordings_of_a_session_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    files = OpenFiles(tmp_path, SESSION)
    files.begin(AT)
    written(tmp_path, 0)
    first = files.close(f"{SESSION}-00000.mp4", 600_000, AT + 600_100, 600_000)
    written(tmp_path, 1)
    second = files.close(f"{SESSION}-00001.mp4", 600_000, AT + 1_200_050, 600_000)
    assert first == Note(AT, AT + 600_100)
    assert second == Note(AT + 600_100, AT + 1_200_050)
    assert [note for _, note in closed_files(tmp_path, {SESSION})] == [first, second]


def test_a_clock_that_was_set_does_not_stretch_a_recording(tmp_path: Path) -> None:
    files = OpenFiles(tmp_path, SESSION)
    files.begin(AT)
    assert files.close(f"{SESSION}-00000.mp4", 600_000, AT + 4_200_000, 600_000) == Note(AT, AT + 600_000)
    assert files.close(f"{SESSION}-00001.mp4", 600_000, AT + 4_800_000, 600_000).start == AT + 4_200_000


def test_a_camera_whose_times_jump_does_not_either(tmp_path: Path) -> None:
    files = OpenFiles(tmp_path, SESSION)
    files.begin(AT)
    assert files.close(f"{SESSION}-00000.mp4", 4_200_000, AT + 600_000, 600_500) == Note(AT, AT + 600_000)


def test_a_session_that_ended_leaves_its_last_file_with_a_note(tmp_path: Path) -> None:
    files = OpenFiles(tmp_path, SESSION)
    files.begin(AT)
    left = written(tmp_path, 0)
    assert files.leave()
    assert note_of(left) == Note(AT, None)
    forget(left)
    assert note_of(left) is None
    assert not OpenFiles(tmp_path, "ffffffff").leave()


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    OpenFiles(tmp_path, SESSION).begin(AT)
    aged(written(tmp_path, 0))
    written(tmp_path, 0, "ffffffff")  # of another process, and it grows
    assert list(closed_files(tmp_path, {SESSION})) == []


def test_what_a_killed_process_left_is_found_with_its_beginning(tmp_path: Path) -> None:
    files = OpenFiles(tmp_path, SESSION)
    files.begin(AT)
    written(tmp_path, 0)
    closed = files.close(f"{SESSION}-00000.mp4", 600_000, AT + 600_000, 600_000)
    left = aged(written(tmp_path, 1))
    unknown = aged(written(tmp_path, 0, "ffffffff"))
    found = {file.name: note for file, note in closed_files(tmp_path, set())}
    assert found == {
        f"{SESSION}-00000.mp4": closed,
        left.name: Note(AT + 600_000, None),
        unknown.name: Note(None, None),
    }
