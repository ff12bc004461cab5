"""Requests made from a document, sent, and their answers held against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Flaky, Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.generation.stateful.state_machine import APIStateMachine
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
Seen = Counter[tuple[str, int]]
"""How often which operation was answered with which status."""


USABLE: dict[str, Any] = {
    "scenario": {"cues": [{"text": "Words", "start": 0, "end": 1}]},
    "file_name": "talk.mp4",
    "file_type": "video/mp4",
    "file_size": 1000,
    "kind": "speech",
    "payload": {"video_url": "https://example.com/talk.mp4"},
    "job_id": None,
    "callback_url": None,
}
"""What no chance finds: values of fields whose type does not say all that they must be."""


def make_usable(case: schemathesis.Case[Any]) -> None:
    """Give a right request a chance to be taken, so that others can follow from it."""
    mode = case.meta.generation.mode if case.meta is not None else None
    if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
        case.body.update({name: USABLE[name] for name in case.body.keys() & USABLE.keys()})


def read_document(url: str) -> OpenApiSchema:
    """The document that a server gives of itself; only GET, HEAD, POST, PUT, DELETE and PATCH."""
    found = schemathesis.openapi.from_url(f"{url}/openapi.json")
    assert isinstance(found, OpenApiSchema)
    return found


def labels_of(document: OpenApiSchema) -> list[str]:
    """All operations: `GET /api/projects`."""
    return [result.ok().label for result in document.get_all_operations() if isinstance(result, Ok)]


def ask_one(
    document: OpenApiSchema,
    label: str,
    mode: GenerationMode,
    *,
    headers: Mapping[str, str],
    requests: int,
    seed: int = 0,
) -> Seen:
    """So many requests of one operation, right ones or wrong ones; raises schemathesis' failures."""
    operation = document.find_operation_by_label(label)
    assert operation is not None
    seen: Seen = Counter()

    @seeded(seed)
    @_settings(requests)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        if seen.total() % 2:
            make_usable(case)
        answer = case.call(headers=dict(headers))
        seen[label, answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    try:
        ask()
    except Unsatisfiable:
        assert mode.is_negative, f"no request of {label} is right"  # of some, nothing can be wrong
    return seen


def ask_in_sequence(
    document: OpenApiSchema,
    *,
    headers: Mapping[str, str],
    sequences: int,
    steps: int,
    seed: int = 0,
) -> Seen:
    """Sequences of so many requests that follow from each other; raises schemathesis' failures."""
    seen: Seen = Counter()
    begun = 0
    failures: list[BaseException] = []
    made: type[APIStateMachine] = document.as_state_machine()

    class Sequence(made):  # type: ignore[valid-type, misc]
        def setup(self) -> None:
            nonlocal begun
            begun += 1

        def before_call(self, case: schemathesis.Case[Any]) -> None:
            make_usable(case)

        def get_call_kwargs(self, case: schemathesis.Case[Any]) -> dict[str, Any]:  # noqa: ARG002  # the base's
            return {"headers": dict(headers)}

        def validate_response(self, response: Response, case: schemathesis.Case[Any], **_: Any) -> None:
            seen[case.operation.label, response.status_code] += 1
            try:
                case.validate_response(response, checks=CHECKS)
            except BaseException as failure:
                failures.append(failure)
                raise

    while begun < sequences:
        before = begun
        with suppress(Flaky):  # a server remembers: the same requests are not always answered alike
            seeded(seed + begun)(Sequence).run(settings=_settings(sequences - begun, steps=steps))
        if failures:
            raise failures[0]
        assert begun > before
    return seen


def _settings(examples: int, *, steps: int = 1) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
