"""serve, worker and up as programs: wrong settings are one line, and they end as they are told."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cli.running import assert_one_clear_error, ecg, finish, start
from tests.services.starting import free_port


@contextlib.contextmanager
def started(folder: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    process = start(
        *arguments, ECG_DATA_DIR=str(folder), LOG_FORMAT="json", JOB_STOP_SECONDS="0", **variables
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def said(process: subprocess.Popen[str], *all_of: str) -> list[dict[str, Any]]:
    """The next lines of its log with these words, in whatever order they come."""
    assert process.stderr
    found: dict[str, dict[str, Any]] = {}
    before = ""
    for line in process.stderr:
        before += line
        found |= {words: json.loads(line) for words in all_of if words in line and words not in found}
        if len(found) == len(all_of):
            return [found[words] for words in all_of]
    raise AssertionError(f"it ended without {set(all_of) - set(found)}: {before}")


def below(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def until_gone(processes: list[psutil.Process]) -> None:
    end = time.monotonic() + 20
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes):
        assert time.monotonic() < end, processes
        time.sleep(0.02)


def test_beyond_this_machine_needs_a_token() -> None:
    for command in (("serve", "render"), ("serve", "speech"), ("up",)):
        done = ecg(*command, "--host", "0.0.0.0", "--port", "0")  # noqa: S104  # refused
        assert_one_clear_error(done, 2, "INVALID_SETTING")
        assert "SERVICE_TOKEN" in done.stderr


def test_a_database_that_is_away_is_one_clear_error(tmp_path: Path) -> None:
    url = f"postgresql://me:hidden-word@127.0.0.1:{free_port()}/ecg"
    done = finish(start("worker", DATABASE_URL=url, ECG_DATA_DIR=str(tmp_path)))
    assert_one_clear_error(done, 1, "CONNECTION_ERROR")
    assert "hidden-word" not in done.stderr


def test_a_worker_without_a_queue_is_refused() -> None:
    assert_one_clear_error(ecg("worker", "--queues", " , "), 2, "INVALID_SETTING")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_when_it_is_told(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path, "worker", "--name", "the worker") as worker:
        assert said(worker, "worker ready")[0]["worker"] == "the worker"
        children = below(worker)
        worker.send_signal(number)
        said(worker, "worker ended")
        assert worker.wait(20) == 0
        until_gone(children)


def test_up_runs_all_and_ends_all(tmp_path: Path) -> None:
    with started(tmp_path, "up", "--port", "0") as up:
        ready = ("render server listens", "speech server listens", "live server listens", "worker ready")
        listens = said(up, *ready)[0]
        url = listens["url"]
        with urllib.request.urlopen(f"{url}/health", timeout=20) as answer:  # noqa: S310
            assert json.load(answer)["ready"]
        children = below(up)
        assert any("redis-server" in " ".join(child.cmdline()) for child in children)
        up.send_signal(signal.SIGTERM)
        said(up, "worker ended")
        assert up.wait(30) == 0
        until_gone(children)


def test_nothing_stays_when_up_is_killed(tmp_path: Path) -> None:
    with started(tmp_path, "up", "--port", "0") as up:
        said(up, "render server listens", "speech server listens")
        children = below(up)
        up.kill()
        until_gone(children)


def test_a_server_that_was_killed_comes_back(tmp_path: Path) -> None:
    with started(tmp_path, "up", "--port", "0") as up:
        url = said(up, "render server listens")[0]["url"]
        (server,) = [child for child in below(up) if child.cmdline()[3:5] == ["serve", "render"]]
        server.kill()
        assert said(up, "is started again")[0]["part"] == "render"
        assert said(up, "render server listens")[0]["url"] == url
        up.send_signal(signal.SIGINT)
        assert up.wait(30) == 0


def test_a_recording_host_ends_when_it_is_told(tmp_path: Path) -> None:
    with started(tmp_path, "live", "--port", "0") as live:
        url = said(live, "live server listens")[0]["url"]
        with urllib.request.urlopen(f"{url}/health", timeout=20) as answer:  # noqa: S310
            assert json.load(answer) == {"status": "ok", "cameras": {}}
        children = below(live)
        live.send_signal(signal.SIGTERM)
        assert live.wait(30) == 0
        until_gone(children)
