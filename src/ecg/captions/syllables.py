"""Where a drawn-out word may be lit in parts.

Hangul by syllable block, kana by mora (a small kana belongs to the one before), Han by character, and Latin
by a simple phonetic rule. Cursive scripts are kept whole: cutting them would break the joins between letters.
Parts always join to the text they came from.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

from ecg.captions.script import graphemes, is_cjk, script_of

_SMALL_KANA = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮーｧｨｩｪｫｬｭｮｯｰ")
_VOWELS = frozenset("aeiouy")
_TOGETHER = ("tch", "sch", "ch", "sh", "th", "ph", "wh", "ck", "gh", "qu", "gn")
_LIQUIDS = frozenset("lr")


def letters(text: str) -> tuple[str, ...]:
    """`text` letter by letter; whole where the script is cursive."""
    return (text,) if script_of(text) == "arabic" else tuple(graphemes(text))


def syllables(text: str) -> tuple[str, ...]:
    """The parts of one word that are lit one after the other; a word that cannot be cut is one part."""
    script = script_of(text)
    if script in ("korean", "japanese", "chinese"):
        return _blocks(text)
    if script == "latin":
        return tuple(part for run in re.split(r"(?<=[-–—])", text) if run for part in _latin(run))
    return (text,)


def _blocks(text: str) -> tuple[str, ...]:
    parts: list[str] = []
    for cluster in graphemes(text):
        starts = cluster not in _SMALL_KANA and ("가" <= cluster[0] <= "힣" or is_cjk(cluster[0]))
        starts = starts and not unicodedata.category(cluster[0]).startswith("P")
        if parts and not (starts and any(c.isalnum() for c in parts[-1])):
            parts[-1] += cluster
        else:
            parts.append(cluster)
    return tuple(parts)


def _latin(text: str) -> tuple[str, ...]:
    """Cut between vowel groups: V-CV, VC-CV, with letters that make one sound kept together.

    A closing silent *e* is no syllable ("made" is one, "fire-place" finds its hyphen by itself). The rule is
    English's, good enough to follow a drawn-out word with the eye; it is not a hyphenation dictionary.
    """
    plain = "".join(unicodedata.normalize("NFD", c)[0].lower() for c in text)
    groups = [(m.start(), m.end()) for m in re.finditer(r"[aeiouy]+", plain)]
    groups = [g for g in groups if not (plain[g[0] : g[1]] == "y" and g[0] == 0)]
    end_of_letters = len(plain.rstrip("'’\".,!?;:…)]»”"))
    if len(groups) > 1 and _is_silent_e(plain, groups[-1], end_of_letters):
        groups.pop()
    cuts = [_cut(plain, left[1], right[0]) for left, right in itertools.pairwise(groups)]
    edges = [0, *cuts, len(text)]
    return tuple(text[a:b] for a, b in itertools.pairwise(edges) if b > a)


def _is_silent_e(plain: str, group: tuple[int, int], end: int) -> bool:
    start, stop = group
    if plain[start:stop] != "e" or stop != end or start < 2:
        return False
    consonant_le = plain[start - 1] == "l" and plain[start - 2] not in _VOWELS  # "ta-ble" keeps its e
    return not consonant_le


def _cut(plain: str, start: int, stop: int) -> int:
    """Where to cut the consonants ``plain[start:stop]`` between two vowel groups."""
    between = plain[start:stop]
    if len(between) <= 1 or between in _TOGETHER:
        return start
    if between.endswith(_TOGETHER):
        longest = max((t for t in _TOGETHER if between.endswith(t)), key=len)
        return stop - len(longest)
    if between[-1] in _LIQUIDS and between[-2] not in _LIQUIDS:
        return stop - 2
    return stop - 1
