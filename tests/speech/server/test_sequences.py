"""Requests that follow from each other's answers: jobs that are registered, looked at, listed, cancelled and
tried again in any order. Each answer is one that the document names, and none is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz.asking import ask_in_sequence
from tests.fuzz.servers import Asked, speech_server


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with speech_server(tmp_path_factory.mktemp("asked")) as found:
        yield found


def test_every_answer_in_a_sequence_is_documented(asked: Asked) -> None:
    seen = ask_in_sequence(asked.document, headers=asked.headers, sequences=15, steps=8)
    reached = {label for (label, status), count in seen.items() if status < 300}
    assert {"POST /api/v1/jobs/", "GET /api/v1/jobs/{job_id}/"} <= reached, "nothing followed"
