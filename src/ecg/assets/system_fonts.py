"""The fonts that the operating system brings, as fontconfig lists them.

They stand in where a variable face was not fetched, and they draw what no fetched face has (emoji, rarer
scripts). Where there is no fontconfig (macOS) nothing is known here and nothing is claimed.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

from ecg.assets.code_points import read_charset

_TIMEOUT_SECONDS = 60.0
_REGULAR_WIDTH = 100
# fontconfig's own scale of weights (FC_WEIGHT_*) and the CSS weights they stand for.
_CSS_WEIGHTS = {0: 100, 40: 200, 50: 300, 80: 400, 100: 500, 180: 600, 200: 700, 205: 800, 210: 900}


@dataclass(frozen=True, slots=True)
class SystemFace:
    """One face of an installed font."""

    family: str
    postscript_name: str
    weight: int
    """As CSS counts: 400 is regular."""
    italic: bool


def _fc_list(pattern: str, layout: str) -> list[str] | None:
    """Lines of `fc-list`; None where fontconfig is not installed or does not answer."""
    program = shutil.which("fc-list")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "--format", layout, pattern], capture_output=True, timeout=_TIMEOUT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").splitlines()


@cache
def faces(family: str) -> tuple[SystemFace, ...]:
    """The fixed faces of normal width that the system has of `family`."""
    lines = (
        _fc_list(f":family={family}", "%{family[0]}|%{postscriptname}|%{weight}|%{slant}|%{width}\n") or []
    )
    found = set()
    for line in lines:
        fields = line.split("|")
        if len(fields) != 5 or fields[0] != family or not all(f.isdigit() for f in fields[2:]):
            continue  # another family whose name begins alike, or a variable face, whose weight is a range
        if int(fields[4]) == _REGULAR_WIDTH and (weight := _CSS_WEIGHTS.get(int(fields[2]))):
            found.add(SystemFace(family, fields[1], weight, int(fields[3]) > 0))
    return tuple(sorted(found, key=lambda face: (face.weight, face.italic)))


def code_points() -> frozenset[int] | None:
    """Everything that some installed font draws; None where that cannot be known."""
    return _code_points(shutil.which("fc-list"))


@cache
def _code_points(_program: str | None) -> frozenset[int] | None:
    """Kept for each fontconfig: one that is not found now may be found the next time."""
    lines = _fc_list(":", "%{charset}\n")
    if lines is None:
        return None
    points: set[int] = set()
    for line in set(lines):
        points |= read_charset(line)
    return frozenset(points)


def families() -> frozenset[str] | None:
    """The names of all installed families, case-folded; None where that cannot be known."""
    return _families(shutil.which("fc-list"))


@cache
def _families(_program: str | None) -> frozenset[str] | None:
    lines = _fc_list(":", "%{family}\n")
    if lines is None:
        return None
    return frozenset(name.strip().casefold() for line in lines for name in line.split(","))
