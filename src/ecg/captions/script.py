"""Which writing system a text is in, and what follows from that: direction, grapheme clusters, reading units.

Speech engines report a language for the whole video or none at all, and people mix scripts within a line, so
everything here looks at the letters first and asks the language only where letters do not decide (Han may be
Chinese or Japanese).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Literal

Script = Literal["latin", "korean", "japanese", "chinese", "arabic", "hebrew", "other"]

RTL_LANGUAGES = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_BY_LANGUAGE: dict[str, Script] = {
    "ko": "korean",
    "ja": "japanese",
    "zh": "chinese",
    "yue": "chinese",
    "he": "hebrew",
    "yi": "hebrew",
    "ar": "arabic",
    "fa": "arabic",
    "ur": "arabic",
    "ps": "arabic",
    "sd": "arabic",
    "ug": "arabic",
    "ckb": "arabic",
}

_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_KANA = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HAN = re.compile(r"[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_HEBREW = re.compile(r"[\u0590-\u05ff\ufb1d-\ufb4f]")
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")

_SYLLABLE_LETTERS = 4

_JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")


def primary(language: str | None) -> str | None:
    """The language subtag of a BCP 47 tag: ``ko`` of ``ko-KR``."""
    return language.split("-")[0].lower() if language else None


def script_of(text: str, language: str | None = None) -> Script:
    """The writing system of most letters of `text`; Han is decided by kana or by the language."""
    counts = Counter(_letter_script(c) for c in text)
    counts.pop(None, None)
    if not counts:
        return _BY_LANGUAGE.get(primary(language) or "", "latin")
    # A full-width letter is a syllable or more: Latin names inside CJK text do not outweigh it.
    counts["korean"] *= _SYLLABLE_LETTERS
    counts["cjk"] = _SYLLABLE_LETTERS * (counts.pop("kana", 0) + counts.pop("han", 0))
    best = max(counts, key=lambda script: (counts[script], script or ""))
    if best == "cjk":
        japanese = _KANA.search(text) or primary(language) == "ja"
        return "japanese" if japanese else "chinese"
    return best  # type: ignore[return-value]


def _letter_script(char: str) -> str | None:
    if not char.isalpha() and char not in "々〇":
        return None
    if char < "\u0590":
        return "latin"  # with Greek, Cyrillic and Armenian, which are set and read alike
    for name, pattern in (
        ("korean", _HANGUL),
        ("kana", _KANA),
        ("han", _HAN),
        ("arabic", _ARABIC),
        ("hebrew", _HEBREW),
    ):
        if pattern.match(char):
            return name
    return "latin" if unicodedata.name(char, "").startswith("LATIN") else "other"


def direction_of(text: str, language: str | None = None) -> Literal["ltr", "rtl"]:
    """Paragraph direction by the first strong letter (Unicode bidi rules P2, P3), else by the language."""
    for char in text:
        bidi = unicodedata.bidirectional(char)
        if bidi == "L":
            return "ltr"
        if bidi in ("R", "AL"):
            return "rtl"
    return "rtl" if primary(language) in RTL_LANGUAGES else "ltr"


def is_cjk(char: str) -> bool:
    """Whether a line may be broken beside this letter: kana, Han and their full-width punctuation."""
    return (
        bool(_KANA.match(char) or _HAN.match(char))
        or "\u3000" <= char <= "\u303f"
        or "\uff01" <= char <= "\uff60"
    )


def is_wide(char: str) -> bool:
    """Whether a character fills a whole em square (Unicode East Asian Width W or F)."""
    return unicodedata.east_asian_width(char) in ("W", "F")


def graphemes(text: str) -> list[str]:
    """What a reader calls letters: base characters with their marks, joined emoji as one.

    A close approximation of Unicode's extended grapheme clusters (UAX 29) that needs no tables beyond
    Python's.
    """
    clusters: list[str] = []
    for char in text:
        if clusters and _extends(clusters[-1], char):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def _extends(cluster: str, char: str) -> bool:
    if char in _JOINERS or unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return True
    if cluster.endswith("\u200d") or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if "\U000e0020" <= char <= "\U000e007f":  # tag letters of sub-national flags
        return True
    if _is_flag_letter(char):
        return len(cluster) == 1 and _is_flag_letter(cluster)
    return "\u1160" <= char <= "\u11ff" and "\u1100" <= cluster[-1] <= "\u11ff"  # conjoining jamo


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def reading_units(text: str, script: Script) -> float:
    """Length of `text` as the reading rules count it.

    Latin and most scripts: one a letter. Korean, Japanese and Chinese: one a full-width letter, one half for
    Latin letters, digits, spaces and narrow punctuation (Netflix Timed Text Style Guides).
    """
    clusters = graphemes(text)
    if script not in ("korean", "japanese", "chinese"):
        return float(len(clusters))
    return sum(1.0 if is_wide(cluster[0]) else 0.5 for cluster in clusters)
