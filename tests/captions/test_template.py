from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ecg.captions.template import Template

LEAST: dict[str, Any] = {
    "name": "mine",
    "title": {"en": "M", "ko": "엠"},
    "description": {"en": "m", "ko": "엠"},
}


def test_names_are_enough_for_a_template() -> None:
    template = Template.model_validate(LEAST)
    assert template.size.loudest == template.size.quietest == template.size.normal == 0.05
    assert template.box is not None
    assert template.box.colour == "#000000e6"
    assert template.colours.waiting == "#ffffffe6"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": "../etc"}, ("name",)),
        ({"script": "alert(1)"}, ("script",)),
        ({"size": {"normal": 0.05, "whisper": 0.06}}, ("size",)),
        ({"size": {"normal": float("nan")}}, ("size", "normal")),
        ({"colours": {"spoken": "url(http://x)"}}, ("colours", "spoken")),
        ({"fonts": ['x"; } body { display: none']}, ("fonts", 0)),
        ({"show": "nothing"}, ("show",)),
        ({"max_lines": 0}, ("max_lines",)),
        ({"weight": {"low": 5000}}, ("weight", "low")),
        ({"title": {"en": "only English"}}, ("title", "ko")),
    ],
)
def test_what_a_manifest_may_not_say(change: dict[str, Any], where: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        Template.model_validate(LEAST | change)
    assert refused.value.errors()[0]["loc"][: len(where)] == where
