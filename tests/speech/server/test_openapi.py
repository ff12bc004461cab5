"""Nothing that the OpenAPI document allows, and nothing that it forbids, gets an undocumented answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.speech.server.serving import running_server, settings_in

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
)

OPERATIONS = (
    "POST /api/upload-video/process-video",
    "GET /api/upload-video/status/{job_id}",
    "GET /queue/status",
    "GET /health",
    "GET /metrics",
)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenApiSchema]:
    """The contract's part; jobs of any kind have tests of their own."""
    with running_server(settings_in(tmp_path_factory.mktemp("data"))) as client:
        found = schemathesis.openapi.from_url(f"{client.base_url}/openapi.json").exclude(
            path_regex="/api/v1/"
        )
        assert isinstance(found, OpenApiSchema)
        yield found


def test_the_document_has_the_contract(document: OpenApiSchema) -> None:
    found = {result.ok().label for result in document.get_all_operations() if isinstance(result, Ok)}
    assert found == set(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_documented(document: OpenApiSchema, label: str, mode: GenerationMode) -> None:
    operation = document.find_operation_by_label(label)
    assert operation is not None
    if mode.is_negative and not (operation.body or operation.path_parameters):
        return  # nothing can be wrong about it

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=list(CHECKS))

    ask()
