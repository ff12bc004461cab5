"""Nothing that the OpenAPI document allows or forbids fails, or gets an answer that is not documented.

All operations alone, and in sequences where an answer's ids go on into the next request. The requests are the
same each time; `make fuzz` sends others.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from schemathesis import GenerationMode

from tests.fuzz.asking import ask_in_sequence, ask_one, labels_of
from tests.fuzz.servers import Asked, api_server
from tests.gateway.operations import METHODS

REQUESTS = 2
SEQUENCES, STEPS = 20, 12
TRIES = 4
FOLLOWED = {"POST /api/projects", "GET /api/projects/{project_id}"}
"""Something is made, and its id goes on into another request."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with api_server(tmp_path_factory.mktemp("asked")) as found:
        yield found


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_documented(asked: Asked, mode: GenerationMode) -> None:
    labels = labels_of(asked.document)
    paths = asked.document.raw_schema["paths"]
    assert len(labels) == sum(method in METHODS for item in paths.values() for method in item) > 40
    for label in labels:
        seen = ask_one(asked.document, label, mode, headers=asked.headers, requests=REQUESTS)
        if mode.is_positive and label not in OTHERS:
            assert (label, 401) not in seen, "the administrator's token was not taken"


def test_every_answer_in_a_sequence_is_documented(asked: Asked) -> None:
    reached: set[str] = set()
    for seed in range(0, TRIES * SEQUENCES, SEQUENCES):  # what follows depends on what the server answers
        seen = ask_in_sequence(
            asked.document, headers=asked.headers, sequences=SEQUENCES, steps=STEPS, seed=seed
        )
        reached |= {label for (label, status) in seen if status < 300}
        if reached >= FOLLOWED:
            return
    pytest.fail(f"nothing followed: {FOLLOWED - reached}")


OTHERS = {
    "GET /api/live-monitoring/hls/{camera_id}/{filename}",
    "GET /metrics",
    "POST /api/auth/login",
    "POST /api/auth/password",
    "POST /api/auth/refresh",
    "POST /api/auth/signup",
    "POST /api/render/callback",
    "POST /api/upload-video/callbacks/{token}/api/upload-video/result",
    "POST /api/upload-video/result",
}
"""What an access token does not open."""
