"""What composing must know of the faces: which families to ask for, and about how wide a text will be.

Composition runs without a browser, so widths are estimated. The estimate is exact for the printable ASCII of
Roboto Flex at the neutral instance and a few percent generous elsewhere; the stage, which measures for real,
shrinks the rare cue that still does not fit.
"""

from __future__ import annotations

import itertools
import math
import unicodedata

from ecg.captions.script import Script, graphemes, is_wide, primary

LATIN = "Roboto Flex Variable"
EMOJI = "Noto Color Emoji"
_KOREAN, _JAPANESE, _CHINESE = "Noto Sans KR Variable", "Noto Sans JP Variable", "Noto Sans SC Variable"
_TRADITIONAL = "Noto Sans TC Variable"
_ARABIC, _HEBREW = "Noto Sans Arabic Variable", "Noto Sans Hebrew Variable"

# Advance widths of Roboto Flex (wght 400, wdth 100, opsz 36) in thousandths of an em, from its `hmtx` table.
_ADVANCES = {
    char: advance / 1000
    for chars, advance in (
        ("'", 177), ("l", 206), (" ij", 208), ("I", 228), ("\\/", 259), ("f.", 261), (",", 268), ("|:;", 273),
        ("!t", 285), ("r", 304), ("-[]", 312), ("(){}", 322), ("\"", 339), ("xzyv", 430), ("?k", 444), ("s",
        452), ("c_", 469), ("eFJ$L", 479), ("aE", 495), ("hnu+<=>`", 501), ("0123456789", 503), ("obdgpq*",
        515), ("XTPZ", 526), ("RKS^Y", 548), ("BVA~", 560), ("&", 574), ("CUD", 604), ("GNHO", 646), ("Qw",
        694), ("#", 723), ("m%", 784), ("MW", 826), ("@", 985),
    )
    for char in chars
}  # fmt: skip
_LOWER, _UPPER = 0.50, 0.62
_FULL_WIDTH = 1.0
_HANGUL = 0.92  # Noto Sans KR sets Hangul on 0.92 em
_EMOJI = 1.25
_ARABIC_MEAN = 0.52


def families(script: Script, language: str | None, preferred: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Font families in the order they are tried.

    Roboto Flex comes first: it has all the axes and no CJK, so Latin words keep their shape inside any
    script. The CJK faces follow with the cue's own first, because they draw the same Han code points
    differently.
    """
    cjk = [_KOREAN, _JAPANESE, _CHINESE]
    own = {"japanese": _JAPANESE, "chinese": _CHINESE}.get(script)
    if own:
        cjk.sort(key=lambda family: family != own)
    if script == "chinese" and _is_traditional(language):
        cjk.insert(0, _TRADITIONAL)
    others = [_ARABIC, _HEBREW]
    order = [*preferred, LATIN, *(others + cjk if script in ("arabic", "hebrew") else cjk + others), EMOJI]
    return tuple(dict.fromkeys([*order, "sans-serif"]))


def _is_traditional(language: str | None) -> bool:
    tags = {tag.lower() for tag in (language or "").split("-")}
    return bool(tags & {"hant", "tw", "hk", "mo"}) or primary(language) == "yue"


def advance(text: str) -> float:
    """Estimated width of `text` in em at weight 400, width 100 and optical size 36."""
    return sum(_cluster_advance(cluster) for cluster in graphemes(text))


def _cluster_advance(cluster: str) -> float:
    char = cluster[0]
    if (known := _ADVANCES.get(char)) is not None:
        return known
    if "\uac00" <= char <= "\ud7a3":
        return _HANGUL
    if unicodedata.category(char) == "So" or len(cluster) > 2:
        return _EMOJI
    if is_wide(char):
        return _FULL_WIDTH
    if unicodedata.bidirectional(char) == "AL":
        return _ARABIC_MEAN
    return _UPPER if char.isupper() else _LOWER


def axis_factor(weight: int, width: float) -> float:
    """How much wider than the neutral instance a text is set; fitted to Roboto Flex's `hmtx` and `HVAR`.

    Measured on running text: weights 200, 400, 600, 800, 1000 give 0.98, 1, 1.10, 1.20, 1.31; widths 50, 75,
    100, 125, 151 give 0.79, 0.90, 1, 1.13, 1.27. Their sum is within 2 % of every measured pair above width
    75.
    """
    by_weight = 0.00052 * (weight - 400) if weight > 400 else 0.000085 * (weight - 400)
    by_width = (0.0053 if width > 100 else 0.0042) * (width - 100)
    return 1.0 + by_weight + by_width


def optical_factor(size_px: float) -> float:
    """How the optical size axis changes widths: 1.12 at 14 px, 1 at 36 px, 0.92 at 72 px, 0.88 at 144 px."""
    knots = ((14.0, 1.116), (36.0, 1.0), (72.0, 0.919), (144.0, 0.88))
    if size_px <= knots[0][0]:
        return knots[0][1]
    for (left, at_left), (right, at_right) in itertools.pairwise(knots):
        if size_px <= right:
            share = math.log(size_px / left) / math.log(right / left)
            return at_left + share * (at_right - at_left)
    return knots[-1][1]


def width_px(text: str, size_px: float, weight: int, width: float, letter_spacing_em: float = 0.0) -> float:
    """Estimated width of `text` in pixels as the stage will set it."""
    spacing = letter_spacing_em * len(graphemes(text))
    return size_px * (advance(text) * axis_factor(weight, width) * optical_factor(size_px) + spacing)
