"""A result appears whole or not at all: full disks, interrupts, failures."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ecg.errors import OutputError, RenderError, StorageError
from ecg.render.output import whole_file, writing_error
from tests.media.clips import clip

REPOSITORY = Path(__file__).parents[2]


def python(script: str, *arguments: str) -> subprocess.Popen[str]:
    """A program of its own that renders with the synthetic painter."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        cwd=REPOSITORY,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_it_appears_only_when_complete(tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    with whole_file(output) as partial:
        partial.write_bytes(b"half")
        assert not output.exists()
        assert partial.name.startswith(".")
        assert partial.parent == tmp_path
    assert output.read_bytes() == b"half"
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_failure_leaves_what_was_there(failure: type[BaseException], tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    output.write_bytes(b"old")

    def fail_half_way() -> None:
        with whole_file(output) as partial:
            partial.write_bytes(b"half")
            raise failure

    with pytest.raises(failure):
        fail_half_way()
    assert output.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"), whole_file(tmp_path / "out.mp4"):
        pass


def test_what_a_failed_write_means(tmp_path: Path) -> None:
    full = writing_error(tmp_path / "out.mp4", OSError(errno.ENOSPC, "No space left on device"))
    assert isinstance(full, StorageError)
    assert full.where == str(tmp_path)
    assert isinstance(
        writing_error(tmp_path / "out.mp4", OSError(errno.EIO, "Input/output error")), RenderError
    )


def test_a_full_disk_is_a_storage_error_and_leaves_nothing(tmp_path: Path) -> None:
    """The system refuses to let the file grow beyond 20 kB, as a full disk does."""
    process = python(
        """
        import resource, sys
        from pathlib import Path
        from ecg.errors import StorageError
        from ecg.render.pipeline import burn
        from tests.render.synthetic import SyntheticCaptions
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            burn(Path(sys.argv[1]), SyntheticCaptions(), Path(sys.argv[2]))
        except StorageError as error:
            print(error)
        """,
        str(clip("plain")),
        str(tmp_path / "out.mp4"),
    )
    said, complaint = process.communicate(timeout=60)
    assert "no space left to write out.mp4" in said, complaint
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_no_half_file(tmp_path: Path) -> None:
    process = python(
        """
        import sys, time
        from pathlib import Path
        from ecg.render.pipeline import burn
        from tests.render.synthetic import SyntheticCaptions
        def slowly(done, total):
            print(done, flush=True)
            time.sleep(0.1)
        burn(Path(sys.argv[1]), SyntheticCaptions(), Path(sys.argv[2]), progress=slowly)
        """,
        str(clip("plain")),
        str(tmp_path / "out.mp4"),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    assert len(list(tmp_path.iterdir())) == 1  # the partial file
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in complaint
    assert process.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_ordinary_file_is_left_alone(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="no ordinary file"), whole_file(pipe):
        pass
    assert pipe.is_fifo()
