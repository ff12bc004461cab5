"""A survey in a few sentences. English, from counted facts; nothing is guessed."""

from __future__ import annotations

from ecg.live.analysis.result import Category, Finding
from ecg.live.analysis.vision.survey import Survey

_WORDS = {
    Category.CAMERA_BLACK: "the picture was black",
    Category.CAMERA_WHITE: "the picture was white",
    Category.CAMERA_COVERED: "the lens was covered or out of focus",
    Category.CAMERA_MOVED: "the camera looked elsewhere",
    Category.CAMERA_FROZEN: "the picture was frozen",
    Category.FALL: "somebody may have fallen",
}


def summary_of(seen: Survey) -> str:
    """What happened, in the order of how much it matters."""
    parts = [_incident(finding) for finding in seen.findings]
    share = seen.stirring
    parts.append(
        "nothing moved" if share == 0 else f"something moved {max(1, round(share * 100))} % of the time"
    )
    if seen.searched and seen.people:
        most = max(count for _, count in seen.people)
        parts.append(
            "nobody was recognised"
            if not most
            else f"at most {most} {'person' if most == 1 else 'people'} at once"
        )
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _incident(finding: Finding) -> str:
    begin, end = _clock(finding.start), _clock(finding.end)
    return f"{_WORDS.get(finding.category, finding.category.value)} from {begin} to {end}"


def _clock(seconds: float) -> str:
    """Minutes and seconds from the archive's beginning."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
