"""From what is wrong now and what was wrong before to what changes, and who has to be told. Pure.

    found wrong ──► firing ──found well──► recovered
                      │
                      └──not looked at any more──► ended (nobody is told)

A notice of trouble waits while the last one about the same subject is younger than the cooldown, so a camera
that comes and goes makes one message and not a hundred; and only who was told of trouble is told of its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ecg.live.alerts.rules import Finding, Key, Rule, Verdicts
from ecg.live.events import Severity


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that is firing, as it is kept. `told_at`: when its notice was handed over; None: not yet."""

    alert_id: str
    rule: Rule
    subject: str
    severity: Severity
    told_at: int | None

    @property
    def key(self) -> Key:
        return (self.rule, self.subject)


@dataclass(frozen=True, slots=True)
class Changes:
    opened: tuple[Finding, ...] = ()
    going_on: tuple[tuple[OpenAlert, Finding], ...] = ()
    recovered: tuple[OpenAlert, ...] = ()
    ended: tuple[OpenAlert, ...] = ()


def changes(before: Iterable[OpenAlert], verdicts: Verdicts) -> Changes:
    """What is new, what goes on, and what is over."""
    known = {alert.key: alert for alert in before}
    wrong = {(finding.rule, finding.subject): finding for finding in verdicts.findings}
    over = [alert for key, alert in known.items() if key not in wrong]
    return Changes(
        opened=tuple(finding for key, finding in wrong.items() if key not in known),
        going_on=tuple((known[key], finding) for key, finding in wrong.items() if key in known),
        recovered=tuple(alert for alert in over if alert.key in verdicts.well),
        ended=tuple(alert for alert in over if alert.key not in verdicts.well),
    )


def rested(last: int | None, cooldown_seconds: float, now: int) -> bool:
    """Whether the cooldown after the last notice is over."""
    return last is None or now - last >= cooldown_seconds * 1000
