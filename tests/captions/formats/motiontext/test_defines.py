from __future__ import annotations

from typing import Any

import pytest

from ecg.captions.formats.motiontext.defines import expand_defines
from ecg.captions.formats.node import Node
from ecg.errors import ScenarioError


def expanded(define: object, value: object, name: str = "define") -> Any:
    top = expand_defines(Node({name: define, "value": value})).value
    assert isinstance(top, dict)
    return top["value"]


def test_a_reference_may_stand_for_any_value_anywhere() -> None:
    define = {"a": {"b": [1, 2]}, "c": "define.a.b"}
    assert expanded(define, ["define.a.b", {"x": "define.c"}]) == [[1, 2], {"x": [1, 2]}]


def test_list_items_and_references_on_the_way_are_followed() -> None:
    assert expanded({"a": "define.b", "b": {"c": ["x", {"d": 7}]}}, "define.a.c.1.d") == 7


def test_version_1_3_calls_it_definitions() -> None:
    assert expanded({"a": 1}, ["define.a", "definitions.a"], name="definitions") == [1, 1]


@pytest.mark.parametrize("value", ["see define.a", "define.", "defined", "define.a b"])
def test_only_a_whole_text_is_a_reference(value: str) -> None:
    assert expanded({"a": 1}, value) == value


@pytest.mark.parametrize("reference", ["define.no", "define.a.b", "define.list.5", "define.list.-1"])
def test_a_missing_value_is_an_error_at_the_reference(reference: str) -> None:
    with pytest.raises(ScenarioError, match="leads nowhere") as caught:
        expanded({"a": 1, "list": [1]}, {"deep": [reference]})
    assert caught.value.where == "/value/deep/0"


@pytest.mark.parametrize(
    "define",
    [
        {"a": "define.a"},
        {"a": "define.b", "b": "define.a"},
        {"a": {"x": "define.b"}, "b": ["define.a"]},
        {"a": "define.b.c", "b": "define.a"},
    ],
)
def test_a_circle_is_an_error(define: dict[str, object]) -> None:
    with pytest.raises(ScenarioError, match="circle"):
        expanded(define, "define.a")


def test_halves_of_characters_are_replaced_in_keys_and_values() -> None:
    assert expanded({}, {"\ud800": ["a\udfff", "😀"]}) == {"\ufffd": ["a\ufffd", "😀"]}


def test_a_document_that_multiplies_itself_is_refused() -> None:
    define: dict[str, object] = {"a0": ["x"] * 10}
    for i in range(30):
        define[f"a{i + 1}"] = [f"define.a{i}"] * 10
    with pytest.raises(ScenarioError, match="values"):
        expanded(define, "define.a30")


def test_a_document_that_grows_deep_is_refused() -> None:
    define: dict[str, object] = {"a0": []}
    for i in range(500):
        define[f"a{i + 1}"] = [f"define.a{i}"]
    with pytest.raises(ScenarioError, match="nested"):
        expanded(define, "define.a500")
