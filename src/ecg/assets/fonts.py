"""The faces that captions are set in: what is here, how a page gets at it, and what it cannot draw.

Captions ask for families by name (`ecg.captions.typeface`). A family that was fetched is served as font
files with all its axes. A family that was not is replaced by the nearest face the system has, and
`substitutes` says so, because a face without axes cannot show loudness and pitch as the fetched one does.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ecg.assets import system_fonts
from ecg.assets.code_points import read_ranges
from ecg.assets.font_packages import COVERAGE, PACKAGES, PULL_COMMAND, STYLESHEET, FontPackage, fetch

__all__ = [
    "FontFace",
    "Substitute",
    "coverage",
    "fetch",
    "installed",
    "missing_glyphs",
    "stylesheet",
    "substitutes",
    "unknown_families",
]

_RULE = re.compile(r"@font-face\s*\{([^}]*)\}")
_DECLARATION = re.compile(r"([a-z-]+)\s*:\s*([^;]+);")
_FILE = re.compile(r"url\(\./files/([A-Za-z0-9._-]+\.woff2)\)")
_DRAWN_CATEGORIES = frozenset("LNPSM")
# Read by the shaper, not drawn: joiners and direction marks are category Cf, variation selectors are marks.
_SELECTORS = frozenset((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
_GENERIC = frozenset(("sans-serif", "serif", "monospace", "cursive", "fantasy", "system-ui"))

_NEAREST = {
    "roboto-flex": ("Roboto", "Noto Sans", "DejaVu Sans"),
    "noto-sans-kr": ("Noto Sans KR", "Noto Sans CJK KR", "NanumGothic"),
    "noto-sans-jp": ("Noto Sans JP", "Noto Sans CJK JP"),
    "noto-sans-sc": ("Noto Sans SC", "Noto Sans CJK SC"),
    "noto-sans-tc": ("Noto Sans TC", "Noto Sans CJK TC"),
    "noto-sans-arabic": ("Noto Sans Arabic", "Noto Kufi Arabic"),
    "noto-sans-hebrew": ("Noto Sans Hebrew",),
}


@dataclass(frozen=True, slots=True)
class FontFace:
    """One font file with the code points it serves; a family is made of several."""

    family: str
    file: Path
    unicode_range: str
    """As CSS writes it."""
    weight: tuple[int, int]
    stretch: tuple[float, float]
    """Percent; ``(100, 100)`` where the face has no `wdth` axis."""
    style: str
    axes: tuple[str, ...]

    def rule(self, url_prefix: str) -> str:
        """The `@font-face` rule that loads the file from below `url_prefix`."""
        (lightest, boldest), (narrowest, widest) = self.weight, self.stretch
        return (
            f"@font-face{{font-family:'{self.family}';font-style:{self.style};font-display:block;"
            f"font-weight:{lightest} {boldest};font-stretch:{narrowest:g}% {widest:g}%;"
            f"src:url('{url_prefix}{self.file.name}') format('woff2');unicode-range:{self.unicode_range}}}"
        )


@dataclass(frozen=True, slots=True)
class Substitute:
    """A family that was not fetched, and what is drawn instead."""

    family: str
    instead: str | None
    """The system's family; None where the browser is left to choose."""
    faces: tuple[system_fonts.SystemFace, ...]

    def __str__(self) -> str:
        stand_in = "the browser chooses a face"
        if self.instead is not None:
            weights = ", ".join(str(weight) for weight in sorted({face.weight for face in self.faces}))
            stand_in = f"{self.instead} stands in (weights {weights} only, no width axis)"
        return f"{self.family} is not installed: {stand_in}; to mend: {PULL_COMMAND}"

    def rules(self) -> list[str]:
        return [
            f"@font-face{{font-family:'{self.family}';font-style:{'italic' if face.italic else 'normal'};"
            f"font-weight:{face.weight};src:local('{face.postscript_name}')}}"
            for face in self.faces
        ]


def installed() -> list[FontFace]:
    """Every face that was fetched, in the order of `font_packages.PACKAGES`."""
    return [face for package in PACKAGES if package.installed for face in _faces(package, package.folder)]


@lru_cache(maxsize=32)
def _faces(package: FontPackage, folder: Path) -> tuple[FontFace, ...]:
    css = (folder / STYLESHEET).read_text(encoding="utf-8")
    return tuple(_face(dict(_DECLARATION.findall(rule)), package, folder) for rule in _RULE.findall(css))


def _face(declared: dict[str, str], package: FontPackage, folder: Path) -> FontFace:
    source = _FILE.search(declared["src"])
    weights = [int(number) for number in declared["font-weight"].split()]
    widths = [float(number.rstrip("%")) for number in declared.get("font-stretch", "100%").split()]
    return FontFace(
        family=package.family,
        file=folder / (source.group(1) if source else ""),
        unicode_range=declared["unicode-range"].strip(),
        weight=(weights[0], weights[-1]),
        stretch=(widths[0], widths[-1]),
        style=declared["font-style"].strip(),
        axes=package.axes,
    )


def substitutes() -> list[Substitute]:
    """The families that were not fetched, each with its stand-in; empty when all is well."""
    return [_substitute(package) for package in PACKAGES if not package.installed]


def _substitute(package: FontPackage) -> Substitute:
    for family in _NEAREST[package.name]:
        if faces := system_fonts.faces(family):
            return Substitute(package.family, family, faces)
    return Substitute(package.family, None, ())


def unknown_families(asked: Iterable[str]) -> list[str]:
    """Those of the `asked` families that are neither ours nor the system's: others are drawn instead.

    Empty where the system's fonts cannot be listed.
    """
    system = system_fonts.families()
    if system is None:
        return []
    known = system | _GENERIC | {package.family.casefold() for package in PACKAGES}
    return [family for family in dict.fromkeys(asked) if family.casefold() not in known]


def stylesheet(url_prefix: str) -> str:
    """`@font-face` rules of every family that captions ask for; files are expected below `url_prefix`.

    The page finds a file at ``{url_prefix}{face.file.name}``; names are unique over all packages.
    """
    rules = [face.rule(url_prefix) for face in installed()]
    for substitute in substitutes():
        rules += substitute.rules()
    return "\n".join(rules)


def coverage() -> frozenset[int]:
    """Code points that the fetched faces draw."""
    return _coverage(tuple(package.folder for package in PACKAGES if package.installed))


@lru_cache(maxsize=8)
def _coverage(folders: tuple[Path, ...]) -> frozenset[int]:
    points: set[int] = set()
    for folder in folders:
        points |= read_ranges(json.loads((folder / COVERAGE).read_text(encoding="ascii")))
    return frozenset(points)


def missing_glyphs(text: str) -> list[str]:
    """Characters of `text` that no face on this machine draws, in the order they appear.

    Where the system's fonts cannot be listed (no fontconfig) the browser may still know more, so nothing is
    reported missing that only the system could draw.
    """
    covered = coverage()
    unknown = [char for char in dict.fromkeys(text) if _is_drawn(char) and ord(char) not in covered]
    if not unknown:
        return []
    system = system_fonts.code_points()
    return [] if system is None else [char for char in unknown if ord(char) not in system]


def _is_drawn(char: str) -> bool:
    category = unicodedata.category(char)
    private = category in ("Co", "Cn")
    return (category[0] in _DRAWN_CATEGORIES or private) and ord(char) not in _SELECTORS
