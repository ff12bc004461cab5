"""Text to words: what is one word depends on the script.

Latin, Cyrillic, Hangul, Arabic and most other scripts put spaces between words. Japanese, Chinese and
Thai do not, so a run of such text is cut into phrases by BudouX (a small boosted classifier that ships
with its models); the pieces are marked `joined`, which means that no space follows them on the screen.

No-break spaces stay inside a word: the author asked for that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import budoux

from ecg.captions.script import is_cjk

SPACE = re.compile(r"[^\S\u00a0\u2007\u202f]+")
"""White space that separates words (every kind but the no-break spaces)."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_KANA = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_THAI = re.compile(r"[\u0e01-\u0e5b]")
_UNSPACED = re.compile(f"{_HAN.pattern}|{_KANA.pattern}|{_THAI.pattern}")

MAX_TOKEN = 500
"""Characters; an unbroken run that is longer is cut, so that one hostile word cannot stall the layout."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a line: `text` stands at `offset` of the line; no space follows it where `joined`."""

    text: str
    offset: int
    joined: bool = False


def clean(text: str) -> str:
    """`text` without control characters and lone surrogates, every kind of line end written ``\\n``."""
    return _CONTROL.sub("", _SURROGATE.sub("\ufffd", _LINE_END.sub("\n", text)))


def one_line(text: str) -> str:
    """Clean `text` with every stretch of white space, line ends too, written as one space."""
    return SPACE.sub(" ", clean(text)).strip(" ")


def is_unspaced(text: str) -> bool:
    """Whether `text` holds a script that is written without spaces between words."""
    return _UNSPACED.search(text) is not None


def split_words(line: str, language: str | None = None) -> list[Token]:
    """The words of one line of clean text, in order.

    `language` is a BCP 47 tag that settles what Han characters alone leave open (Chinese or Japanese).
    Joining the tokens, with one space after each that is not `joined`, gives the line with its white space
    collapsed.
    """
    tokens: list[Token] = []
    start = 0
    for chunk in SPACE.split(line):
        offset = line.index(chunk, start)
        start = offset + len(chunk)
        pieces = [part for phrase in _phrases(chunk, language) for part in _bounded(phrase)]
        for i, piece in enumerate(pieces):
            tokens.append(Token(piece, offset, joined=i < len(pieces) - 1))
            offset += len(piece)
    return tokens


def _bounded(piece: str) -> list[str]:
    return [piece[i : i + MAX_TOKEN] for i in range(0, len(piece), MAX_TOKEN)]


def _phrases(chunk: str, language: str | None) -> list[str]:
    if not is_unspaced(chunk):
        return [chunk]
    phrases: list[str] = _parser(_model_for(chunk, language)).parse(chunk)
    return phrases


def _model_for(chunk: str, language: str | None) -> str:
    tag = (language or "").lower()
    if _THAI.search(chunk):
        return "thai"
    if _KANA.search(chunk) or tag.startswith("ja"):
        return "japanese"
    if tag.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo", "yue")):
        return "traditional_chinese"
    return "simplified_chinese"


@cache
def _parser(model: str) -> budoux.Parser:
    parser: budoux.Parser = getattr(budoux, f"load_default_{model}_parser")()
    return parser


def joined_across(before: str, after: str) -> bool:
    """Whether the break between two lines stands for nothing, as in Japanese, and not for a space."""
    return bool(before and after) and is_cjk(before[-1]) and is_cjk(after[0])


def letters(text: str) -> float:
    """How long `text` takes to say, in Latin letters: a Hangul block or a Han character is a syllable.

    Punctuation and symbols take no time; a digit is a word of about three letters. At least 1, so that
    everything that is shown has a share of the time.
    """
    if text.isascii() and text.isalpha():
        return float(len(text))
    return max(1.0, sum(_letters(c) for c in text))


def _letters(c: str) -> float:
    if c.isdigit():
        return 3.0
    if not c.isalpha():
        return 0.0
    if is_cjk(c) or "\uac00" <= c <= "\ud7a3":
        return 2.5
    return 1.0
