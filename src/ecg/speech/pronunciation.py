"""How written English is said: spoken forms of what is not a plain word, and guessed phones of unknown words.

Only for forced alignment, where a rough pronunciation is enough to find a word's edges; never to recognise.
"""

from __future__ import annotations

import re

_SMALL_NUMBERS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
"""
_ONES = _SMALL_NUMBERS.split()
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SIGNS = {
    "&": "and",
    "%": "percent",
    "@": "at",
    "+": "plus",
    "=": "equals",
    "$": "dollars",
    "€": "euros",
    "£": "pounds",
}
_MAX_NUMBER = 999_999

_NAMES_OF_LETTERS = """
    EY, B IY, S IY, D IY, IY, EH F, JH IY, EY CH, AY, JH EY, K EY, EH L, EH M, EH N, OW, P IY, K Y UW, AA R,
    EH S, T IY, Y UW, V IY, D AH B AH L Y UW, EH K S, W AY, Z IY
"""
_LETTER_NAMES = dict(
    zip("abcdefghijklmnopqrstuvwxyz", map(str.strip, _NAMES_OF_LETTERS.split(",")), strict=True)
)

# Longest first. Rough rules of English spelling; a vowel's exact quality moves its edges little.
_SPELLINGS = {
    **{
        "tion": "SH AH N",
        "sion": "ZH AH N",
        "ough": "AO",
        "augh": "AO",
        "eigh": "EY",
        "igh": "AY",
        "sch": "SH",
    },
    **{
        "tch": "CH",
        "dge": "JH",
        "cc": "K",
        "ck": "K",
        "ch": "CH",
        "sh": "SH",
        "th": "TH",
        "ph": "F",
        "wh": "W",
    },
    **{
        "gh": "G",
        "ng": "NG",
        "qu": "K W",
        "kn": "N",
        "wr": "R",
        "ee": "IY",
        "ea": "IY",
        "ie": "IY",
        "ei": "AY",
    },
    **{
        "oo": "UW",
        "ou": "AW",
        "ow": "OW",
        "oa": "OW",
        "oi": "OY",
        "oy": "OY",
        "ai": "EY",
        "ay": "EY",
        "ey": "IY",
    },
    **{
        "au": "AO",
        "aw": "AO",
        "ew": "UW",
        "ue": "UW",
        "ar": "AA R",
        "er": "ER",
        "ir": "ER",
        "or": "AO R",
        "ur": "ER",
    },
    **{
        "ce": "S",
        "ci": "S IH",
        "cy": "S IY",
        "ge": "JH",
        "bb": "B",
        "dd": "D",
        "ff": "F",
        "gg": "G",
        "ll": "L",
    },
    **{
        "mm": "M",
        "nn": "N",
        "pp": "P",
        "rr": "R",
        "ss": "S",
        "tt": "T",
        "zz": "Z",
        "a": "AE",
        "b": "B",
        "c": "K",
    },
    **{
        "d": "D",
        "e": "EH",
        "f": "F",
        "g": "G",
        "h": "HH",
        "i": "IH",
        "j": "JH",
        "k": "K",
        "l": "L",
        "m": "M",
    },
    **{"n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V", "w": "W"},
    **{"x": "K S", "y": "IY", "z": "Z"},
}
_GRAPHEME = re.compile("|".join(sorted(_SPELLINGS, key=len, reverse=True)))


def spoken_forms(written: str) -> tuple[str, ...]:
    """The words that are said for one written token, lower case: ``Well-known,`` → well, known; ``42`` →
    forty, two.

    Empty where nothing is said (a dash) or nobody can tell from the letters (another script).
    """
    text = written.lower().replace("’", "'").replace("ʼ", "'")
    forms: list[str] = []
    for piece in re.findall(r"\d[\d,]*|[a-z][a-z']*|[&%@+=$€£]", text):
        if piece[0].isdigit():
            forms += _number(piece.replace(",", ""))
        elif piece in _SIGNS:
            forms.append(_SIGNS[piece])
        else:
            forms.append(piece.rstrip("'"))
    return tuple(forms)


def _number(digits: str) -> list[str]:
    """Cardinal words up to 999,999; longer or zero-led numbers digit by digit."""
    if len(digits) > 1 and (digits[0] == "0" or int(digits) > _MAX_NUMBER):
        return [_ONES[int(d)] for d in digits]
    return _cardinal(int(digits))


def _cardinal(number: int) -> list[str]:
    if number < 20:
        return [_ONES[number]]
    if number < 100:
        return [_TENS[number // 10], *(_cardinal(number % 10) if number % 10 else [])]
    unit, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    return [*_cardinal(number // unit), name, *(_cardinal(number % unit) if number % unit else [])]


def guess_phones(word: str) -> str:
    """ARPABET phones of a word that the dictionary lacks, from its spelling; letter names where it has no
    vowel.

    Args:
        word: lower case, with at least one letter a-z.
    """
    letters = re.sub(r"[^a-z]", "", word)
    if not re.search(r"[aeiouy]", letters):
        return " ".join(_LETTER_NAMES[letter] for letter in letters)
    silent_e = len(letters) > 3 and letters.endswith("e") and letters[-2] not in "aeiou"
    stem = letters[:-1] if silent_e and letters[-2] not in "cg" else letters
    return " ".join(_SPELLINGS[grapheme] for grapheme in _GRAPHEME.findall(stem))
