"""Nothing that the OpenAPI document allows, and nothing that it forbids, gets an undocumented answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.projects.opened import captions
from tests.projects.serving import project_server_beside, signed_in

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
ONE = "/api/projects/{project_id}"
OPERATIONS = (
    "GET /api/projects",
    "POST /api/projects",
    f"GET {ONE}",
    f"PUT {ONE}",
    f"DELETE {ONE}",
    f"POST {ONE}/restore",
    f"POST {ONE}/duplicate",
    f"GET {ONE}/revisions",
    f"GET {ONE}/revisions/{{version}}",
    f"POST {ONE}/revisions/{{version}}/restore",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with project_server_beside(tmp_path_factory.mktemp("data")) as url:
        yield url


@pytest.fixture(scope="module")
def document(address: str) -> OpenApiSchema:
    found = schemathesis.openapi.from_url(f"{address}/openapi.json")
    assert isinstance(found, OpenApiSchema)
    return found


@pytest.fixture
def project_id(address: str) -> str:
    """A project that is really there."""
    body = {"name": "trip", "scenario": captions("one")}
    made = httpx2.post(f"{address}/api/projects", json=body, headers=signed_in("me")).json()
    return str(made["id"])


def test_the_document_has_all_routes(document: OpenApiSchema) -> None:
    found = {result.ok().label for result in document.get_all_operations() if isinstance(result, Ok)}
    assert found == set(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_documented(
    document: OpenApiSchema, label: str, mode: GenerationMode, project_id: str
) -> None:
    operation = document.find_operation_by_label(label)
    assert operation is not None

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        if mode.is_positive and "project_id" in case.path_parameters:
            case.path_parameters["project_id"] = project_id
        case.call_and_validate(checks=list(CHECKS), headers=signed_in("me"))

    ask()
