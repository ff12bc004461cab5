"""The catalogue: both languages say everything, with the same facts."""

from __future__ import annotations

import string

import pytest

from ecg.cli import messages


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things() -> None:
    english, korean = messages._CATALOGUE["en"], messages._CATALOGUE["ko"]
    assert english.keys() == korean.keys()
    assert {key: fields(text) for key, text in english.items()} == {
        key: fields(text) for key, text in korean.items()
    }


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "ECG_LANG": "ko"}, "ko"),
    ],
)
def test_the_language_is_the_users(
    variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ECG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert messages.language() == language
