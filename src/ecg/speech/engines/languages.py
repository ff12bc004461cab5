"""The languages of the Whisper family, as ISO 639 codes (the multilingual models' token list)."""

from __future__ import annotations

_WHISPER = """
    af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht
    hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps
    pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh
"""
WHISPER = frozenset(_WHISPER.split())

WITHOUT_SPACES = frozenset({"ja", "zh", "yue", "th", "lo", "my", "km", "bo"})
"""Languages whose words are written without spaces between them."""


def base_language(tag: str) -> str:
    """``en`` of ``en-US``, lower case; ``auto`` stays."""
    return tag.strip().replace("_", "-").split("-")[0].lower()
