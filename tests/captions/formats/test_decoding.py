"""Bytes to text."""

from __future__ import annotations

import pytest

from ecg.captions.formats.decoding import MAX_BYTES, decode_json, decode_subtitles, refuse_long
from ecg.captions.formats.reading import Warnings
from ecg.errors import ScenarioError

KOREAN = "1\n00:00:01,000 --> 00:00:02,000\n안녕하세요, 여러분!\n"
FRENCH = "1\n00:00:01,000 --> 00:00:02,000\nÇa va très bien, merci — « à bientôt »\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_needs_no_guess(encoding: str) -> None:
    warnings = Warnings()
    assert decode_subtitles(KOREAN.encode(encoding), warnings) == KOREAN
    assert warnings.texts() == ()


def test_a_byte_order_mark_of_either_kind_is_obeyed() -> None:
    assert decode_subtitles(b"\xfe\xff" + "a".encode("utf-16-be"), Warnings()) == "a"
    assert decode_json(b"\xff\xfe" + "{}".encode("utf-16-le")) == "{}"


@pytest.mark.parametrize(
    ("text", "encoding", "name"), [(KOREAN, "cp949", "CP949"), (FRENCH, "cp1252", "1252")]
)
def test_old_encodings_are_guessed_and_said(text: str, encoding: str, name: str) -> None:
    warnings = Warnings()
    assert decode_subtitles(text.encode(encoding), warnings) == text
    assert name in warnings.texts()[0]


def test_any_byte_is_some_letter() -> None:
    assert len(decode_subtitles(b"a\x81\x8d b\xff", Warnings())) == 6


def test_binary_files_are_refused_with_a_line() -> None:
    with pytest.raises(ScenarioError) as caught:
        decode_subtitles(b"a\nb\0c", Warnings())
    assert caught.value.where == "line 2"


def test_a_lying_mark_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="UTF-16"):
        decode_subtitles(b"\xff\xfe\x00\xd8", Warnings())


def test_json_is_utf_8() -> None:
    with pytest.raises(ScenarioError) as caught:
        decode_json(b'{\n"a": "\xff"}')
    assert caught.value.where == "line 2"


@pytest.mark.parametrize("decode", [decode_json, lambda data: decode_subtitles(data, Warnings())])
def test_large_files_are_refused(decode: object) -> None:
    assert callable(decode)
    with pytest.raises(ScenarioError, match="limit is 5 MiB"):
        decode(b" " * (MAX_BYTES + 1))


def test_a_cue_as_long_as_a_book_is_refused() -> None:
    with pytest.raises(ScenarioError, match="50,000"):
        refuse_long("a" * 50_001, "line 1")
