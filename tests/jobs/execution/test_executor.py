"""The executor as a process: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import BaseModel

from ecg.jobs.execution.protocol import (
    MOST_BYTES,
    Answer,
    Cancel,
    Command,
    Done,
    Exit,
    Failed,
    Measure,
    Memory,
    Progress,
    Ready,
    Run,
    RunOrder,
    decode_answer,
    encode,
)
from tests.jobs import sample_kinds
from tests.jobs.living import living


class Child:
    """An executor without a guardian, spoken to by hand."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def send(self, command: Command) -> None:
        assert self.process.stdin
        self.process.stdin.write(encode(command))
        self.process.stdin.flush()

    def hear(self) -> Answer:
        assert self.process.stdout
        return decode_answer(self.process.stdout.readline())

    def hear_end(self) -> tuple[list[Progress | Measure], Done | Failed]:
        """What a job told, and how it ended."""
        told: list[Progress | Measure] = []
        while True:
            answer = self.hear()
            if isinstance(answer, Done | Failed):
                return told, answer
            assert isinstance(answer, Progress | Measure)
            told.append(answer)

    def run(self, kind: str, folder: Path, payload: BaseModel | str = "{}", **order: Any) -> None:
        text = payload if isinstance(payload, str) else payload.model_dump_json()
        attempt = RunOrder(kind=kind, payload=text, tenant_id="t", job_id="j", **order)
        self.send(Run(order=attempt, folder=str(folder)))

    def outcome(
        self, kind: str, folder: Path, payload: BaseModel | str = "{}", **order: Any
    ) -> Done | Failed:
        self.run(kind, folder, payload, **order)
        return self.hear_end()[1]


@contextmanager
def executor(log: Path | None = None) -> Iterator[Child]:
    with (log or Path(os.devnull)).open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "ecg.jobs.execution.executor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "JOB_MODULES": sample_kinds.MODULE, "LOG_FORMAT": "json"},
        )
    with process:
        try:
            child = Child(process)
            assert child.hear() == Ready(pid=process.pid)
            yield child
        finally:
            process.kill()


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    """One for all jobs that leave it as they found it."""
    with executor() as running:
        yield running


def test_a_result_comes_back(child: Child, tmp_path: Path) -> None:
    assert child.outcome("echo", tmp_path, sample_kinds.Text(text="안녕\n\u2028")) == Done(
        result={"text": "안녕\n\u2028"}
    )


def test_what_the_job_measures_is_passed_on(child: Child, tmp_path: Path) -> None:
    child.run("measuring", tmp_path)
    assert child.hear() == Measure(work=42, deadline_seconds=7, memory_mb=99)
    assert child.hear() == Done(result={})


def test_prints_do_not_break_the_conversation(child: Child, tmp_path: Path) -> None:
    assert child.outcome("noise", tmp_path) == Done(result={"text": "the truth"})


def test_a_flood_of_progress_becomes_five_a_second_and_ends_with_the_last(
    child: Child, tmp_path: Path
) -> None:
    began = time.monotonic()
    child.run("flood", tmp_path, sample_kinds.Number(number=20_000))
    told, _ = child.hear_end()
    assert 1 <= len(told) <= 2 + 5 * (time.monotonic() - began)
    last = told[-1]
    assert isinstance(last, Progress)
    assert (last.percent, last.details) == (100, {"number": 20_000})


def test_the_last_of_a_burst_is_told_while_the_job_is_silent(child: Child, tmp_path: Path) -> None:
    go = tmp_path / "go"
    child.run("tell-and-wait", tmp_path, sample_kinds.Place(path=go))
    while not (isinstance(told := child.hear(), Progress) and told.stage == "second"):
        pass
    go.touch()
    assert child.hear() == Done(result={})


def test_a_cancel_is_heard_while_the_job_works(child: Child, tmp_path: Path) -> None:
    child.run("sleep", tmp_path, sample_kinds.Seconds(seconds=60))
    assert isinstance(child.hear(), Progress)
    child.send(Cancel())
    _, end = child.hear_end()
    assert isinstance(end, Failed)
    assert end.code == "CANCELLED"


def test_a_cancel_concerns_only_the_job_that_ran(child: Child, tmp_path: Path) -> None:
    child.send(Cancel())
    assert isinstance(child.outcome("sleep", tmp_path), Done)


def test_memory_is_short_until_it_is_not(child: Child, tmp_path: Path) -> None:
    child.run("memory", tmp_path, sample_kinds.Seconds(seconds=60))
    assert isinstance(child.hear(), Progress)
    child.send(Memory(short=True))
    assert child.hear() == Done(result={"text": "short"})
    child.send(Memory(short=False))
    assert child.outcome("memory", tmp_path, sample_kinds.Seconds(seconds=0)) == Done(
        result={"text": "enough"}
    )


class TestFailures:
    def test_an_error_raised_on_purpose_keeps_its_words(self, child: Child, tmp_path: Path) -> None:
        assert child.outcome("fail-for-good", tmp_path) == Failed(
            code="INVALID_VIDEO_FORMAT",
            message="this is not a video",
            where="/video_url",
            hint="give a video",
            retryable=False,
        )

    def test_some_are_worth_another_attempt(self, child: Child, tmp_path: Path) -> None:
        failed = child.outcome("fail-for-now", tmp_path, sample_kinds.Number(number=2))
        assert isinstance(failed, Failed)
        assert (failed.code, failed.retryable) == ("CONNECTION_ERROR", True)
        assert isinstance(child.outcome("fail-for-now", tmp_path, '{"number": 2}', attempt=2), Done)

    @pytest.mark.parametrize(("what", "retryable"), [("value", False), ("runtime", True), ("exit", True)])
    def test_an_unexpected_one_tells_its_name_only(
        self, child: Child, tmp_path: Path, what: str, retryable: bool
    ) -> None:
        failed = child.outcome("break", tmp_path, sample_kinds.Text(text=what))
        assert isinstance(failed, Failed)
        assert (failed.code, failed.retryable) == ("INTERNAL_ERROR", retryable)
        assert "secret" not in failed.model_dump_json()

    def test_its_trace_is_in_the_log_under_the_job_and_the_request(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        with executor(log) as fresh:
            fresh.outcome("break", tmp_path, sample_kinds.Text(text="value"), request_id="r-17")
        lines = [line for line in log.read_text().splitlines() if "unexpectedly" in line]
        assert len(lines) == 1
        entry = json.loads(lines[0])
        assert (entry["job_id"], entry["request_id"]) == ("j", "r-17")
        assert "ValueError: secret" in log.read_text()

    @pytest.mark.parametrize("payload", ['{"number": "many"}', "{", "null"])
    def test_a_payload_of_another_shape_is_refused(self, child: Child, tmp_path: Path, payload: str) -> None:
        failed = child.outcome("fail-for-now", tmp_path, payload)
        assert isinstance(failed, Failed)
        assert (failed.code, failed.retryable) == ("INVALID_INPUT", False)
        assert str(failed.where).startswith("/payload")

    def test_an_unknown_kind_is_refused(self, child: Child, tmp_path: Path) -> None:
        failed = child.outcome("no such kind", tmp_path)
        assert isinstance(failed, Failed)
        assert failed.code == "UNKNOWN_JOB_KIND"

    @pytest.mark.parametrize("kind", ["wrong-result", "bad-details"])
    def test_a_function_that_breaks_its_contract_fails(self, child: Child, tmp_path: Path, kind: str) -> None:
        failed = child.outcome(kind, tmp_path)
        assert isinstance(failed, Failed)
        assert failed.code == "INTERNAL_ERROR"

    def test_a_result_beyond_the_limit_is_an_error_of_the_job(self, child: Child, tmp_path: Path) -> None:
        failed = child.outcome("huge", tmp_path, sample_kinds.Number(number=MOST_BYTES // 1_000_000 + 1))
        assert isinstance(failed, Failed)
        assert failed.code == "RESULT_TOO_LARGE"
        assert isinstance(child.outcome("huge", tmp_path, sample_kinds.Number(number=5)), Done)


class TestWarmThings:
    def test_stay_from_job_to_job_and_are_left_at_the_exit(self, tmp_path: Path) -> None:
        left = tmp_path / "left"
        with executor() as fresh:
            uses = [fresh.outcome("warm", tmp_path, sample_kinds.Place(path=left)) for _ in range(2)]
            assert uses == [Done(result={"number": 1}), Done(result={"number": 2})]
            assert not left.exists()
            fresh.send(Exit())
            assert fresh.process.wait(10) == 0
        assert left.exists()


class TestTheEnd:
    def test_comes_with_the_end_of_the_commands(self) -> None:
        with executor() as fresh:
            assert fresh.process.stdin
            fresh.process.stdin.close()
            assert fresh.process.wait(10) == 0

    def test_comes_also_to_a_job_that_hears_nothing_and_to_all_that_it_started(self, tmp_path: Path) -> None:
        told = tmp_path / "told"
        with executor() as fresh:
            fresh.run("stubborn", tmp_path, sample_kinds.Place(path=told))
            assert isinstance(fresh.hear(), Progress)
            _, orphan, below = map(int, told.read_text().split())
            try:
                assert fresh.process.stdin
                fresh.process.stdin.close()
                assert fresh.process.wait(10) == -signal.SIGKILL
                assert not living(below)
            finally:
                os.kill(orphan, signal.SIGKILL)  # only a guardian adopts it

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_is_the_workers_decision_whatever_signal_comes(self, tmp_path: Path, number: int) -> None:
        with executor() as fresh:
            fresh.process.send_signal(number)
            assert isinstance(fresh.outcome("echo", tmp_path), Done)

    def test_its_signals_are_no_matter_of_the_programs_that_it_starts(self, tmp_path: Path) -> None:
        told = tmp_path / "told"
        with executor() as fresh:
            fresh.run("stubborn", tmp_path, sample_kinds.Place(path=told))
            assert isinstance(fresh.hear(), Progress)
            for pid in map(int, told.read_text().split()[1:]):
                ignored = int(_status(pid, "SigIgn"), 16)
                os.kill(pid, signal.SIGKILL)
                assert not ignored & (1 << signal.SIGHUP - 1)

    def test_it_lets_everybody_else_go_first(self, child: Child) -> None:
        process = psutil.Process(child.process.pid)
        assert process.nice() == 10
        if sys.platform == "linux":
            assert Path(f"/proc/{process.pid}/oom_score_adj").read_text().strip() == "500"


def _status(pid: int, field: str) -> str:
    lines = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return lines[field].strip()
