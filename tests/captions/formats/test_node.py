"""Strict JSON and pointers into it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.captions.formats.node import MAX_DEPTH, Node, dump, load, pointer
from ecg.errors import ScenarioError


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"a": NaN}', "/a"),
        ('{"a": [1, -Infinity]}', "/a/1"),
        ('{"a": 1e999}', "/a"),
        ('{"a": {"b": 1, "c": 2, "b": 3}}', "/a"),
        ('{"a/b": {"~": "\\ud800"}}', "/a~1b/~0"),
        ('{"a" 1}', "line 1, column 6"),
        ('{\n"a": tru}', "line 2, column 6"),
        ("", "line 1, column 1"),
        ("[" * 100_000, "/"),
        ("[" * (MAX_DEPTH + 5) + "]" * (MAX_DEPTH + 5), "/0/0/0/…"),
        ("1" * 5000, "/"),
    ],
)
def test_hostile_json_is_one_error_with_its_place(text: str, where: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(text)
    assert caught.value.where == where


def test_parts_know_where_they_stand() -> None:
    node = load('{"cues": [{"start": "x", "end": null, "on": true}]}')
    cue = node["cues"].items()[0]
    for read, where in (
        (cue["start"].number, "/cues/0/start"),
        (lambda: cue["end"], "/cues/0/end"),
        (cue["on"].number, "/cues/0/on"),
        (cue["on"].text, "/cues/0/on"),
        (cue.items, "/cues/0"),
        (lambda: node["cues"].get("x"), "/cues"),
    ):
        with pytest.raises(ScenarioError) as caught:
            read()
        assert caught.value.where == where


def test_a_number_too_large_for_a_float_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="too large"):
        Node(10**400).number()


def test_pointers_are_escaped() -> None:
    assert pointer(("a/b", 0, "~")) == "/a~1b/0/~0"
    assert pointer(()) == "/"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.lists(values, max_size=3), values)
def test_what_is_dumped_loads_again(cues: list[object], rest: object) -> None:
    assert load(dump({"rest": rest, "cues": cues}).decode()).value == {"rest": rest, "cues": cues}
    assert json.loads(dump({})) == {"cues": []}
