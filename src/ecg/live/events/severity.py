"""How bad something is, in four steps."""

from __future__ import annotations

from typing import Literal, get_args

Severity = Literal["low", "medium", "high", "critical"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From harmless to worst."""


def at_least(severity: Severity) -> tuple[Severity, ...]:
    """This severity and those that are worse."""
    return SEVERITIES[SEVERITIES.index(severity) :]
