"""What leaves a process by its log: structured, with ids, without secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

HEADER = """
import logging, os, warnings
import structlog
from ecg.logging import configure
from ecg.settings import Settings
configure(Settings(), service="render")
log = structlog.get_logger("ecg.somewhere")
"""


def run(code: str, **variables: str) -> str:
    """Standard error of a process with these settings; nothing may be on its standard output."""
    done = subprocess.run(
        [sys.executable, "-c", HEADER + code],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **variables},
    )
    assert not done.stdout
    return done.stderr


def lines(code: str, **variables: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(code, **variables).splitlines()]


def test_a_line_is_json_with_level_time_service_and_ids() -> None:
    (line,) = lines(
        "with structlog.contextvars.bound_contextvars(job_id='j1', request_id='r1'): log.info('done', size=3)"
    )
    time = line.pop("timestamp")
    assert time.endswith("Z")
    assert line == {
        "event": "done",
        "level": "info",
        "logger": "ecg.somewhere",
        "service": "render",
        "job_id": "j1",
        "request_id": "r1",
        "size": 3,
    }


def test_other_libraries_speak_the_same_way() -> None:
    first, second = lines(
        "logging.getLogger('some.library').info('started on %s', 8090); warnings.warn('old', stacklevel=1)"
    )
    assert (first["event"], first["level"], first["service"]) == ("started on 8090", "info", "render")
    assert "old" in second["event"]


def test_a_trace_is_in_the_line() -> None:
    (line,) = lines("try: 1 / 0\nexcept ZeroDivisionError: log.exception('failed')")
    assert "ZeroDivisionError" in line["exception"]


@pytest.mark.parametrize(
    ("level", "expected"), [("ERROR", ["e"]), ("WARNING", ["w", "e"]), ("debug", ["d", "i", "w", "e"])]
)
def test_levels(level: str, expected: list[str]) -> None:
    code = "log.debug('d'); log.info('i'); log.warning('w'); log.error('e')"
    assert [line["event"] for line in lines(code, LOG_LEVEL=level)] == expected


def test_libraries_that_talk_much_are_heard_from_warnings_on() -> None:
    code = "logging.getLogger('kombu').info('no'); logging.getLogger('botocore').debug('no'); log.info('yes')"
    assert [line["event"] for line in lines(code)] == ["yes"]


SAID = (
    "https://host/file?expires=1&signature=SECRETSECRET&x=1",
    "https://bucket/key?X-Amz-Signature=SECRETSECRET",
    "https://bucket/key?X-Amz-Credential=SECRETSECRET%2F2026",
    "https://bucket/key?X-Amz-Security-Token=SECRETSECRET",
    "Authorization: Bearer SECRETSECRET",
    "key whsec_SECRETSECRET",
    "postgresql://user:SECRETSECRET@db:5432/ecg",
    "redis://:SECRETSECRET@redis:6379/0",
)


@pytest.mark.parametrize("form", ["json", "console"])
def test_secrets_are_blotted_out_wherever_they_stand(form: str) -> None:
    code = f"""
for said in {SAID!r}:
    log.info(said)
    log.info('x', url=said)
    log.info('x', nested=dict(list=[said]))
    logging.getLogger('some.library').info('%s', said)
    try:
        raise ValueError(said)
    except ValueError:
        log.exception('failed')
"""
    written = run(code, LOG_FORMAT=form)
    assert "SECRETSECRET" not in written
    assert written.count("[hidden]") >= 5 * len(SAID)


def test_keys_that_name_a_secret_are_blotted_out() -> None:
    (line,) = lines("log.info('x', token='SECRET', Authorization='SECRET')")
    assert (line["token"], line["Authorization"]) == ("[hidden]", "[hidden]")


def test_the_console_is_for_reading() -> None:
    written = run("log.info('job done', job_id='j1')", LOG_FORMAT="console")
    assert "job done" in written
    assert "job_id=j1" in written
    assert "\x1b" not in written
    assert "\x1b" in run("log.info('job done')", LOG_FORMAT="console", FORCE_COLOR="1")


def test_each_line_of_a_labelled_process_has_its_label() -> None:
    code = "try: 1 / 0\nexcept ZeroDivisionError: log.exception('failed')"
    written = run(code, LOG_FORMAT="console", ECG_LOG_LABEL="worker-1 | ").splitlines()
    assert len(written) > 2
    assert all(line.startswith("worker-1 | ") for line in written)
