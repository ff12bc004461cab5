"""What changes, as a state machine that is driven at random."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecg.live.alerts.rules import Finding, Key, Verdicts
from ecg.live.alerts.transitions import OpenAlert, changes, rested

SUBJECTS = "abcd"


def wrong(subject: str) -> Finding:
    return Finding("camera_down", subject, "high", 0, subject)


def verdicts(state: dict[str, str]) -> Verdicts:
    findings = tuple(wrong(subject) for subject, verdict in state.items() if verdict == "wrong")
    well: frozenset[Key] = frozenset(
        ("camera_down", one) for one, verdict in state.items() if verdict == "well"
    )
    return Verdicts(findings, well)


@given(st.lists(st.fixed_dictionaries({one: st.sampled_from(["wrong", "well", "gone"]) for one in SUBJECTS})))
def test_one_alert_a_trouble_and_one_end_of_each(rounds: list[dict[str, str]]) -> None:
    firing: dict[str, OpenAlert] = {}
    for state in rounds:
        found = changes(firing.values(), verdicts(state))
        opened = {finding.subject for finding in found.opened}
        recovered = {alert.subject for alert in found.recovered}
        ended = {alert.subject for alert in found.ended}
        assert opened == {one for one in SUBJECTS if state[one] == "wrong" and one not in firing}
        assert recovered == {one for one in firing if state[one] == "well"}
        assert ended == {one for one in firing if state[one] == "gone"}
        going_on = {alert.subject for alert, finding in found.going_on if alert.subject == finding.subject}
        assert going_on == {one for one in firing if state[one] == "wrong"}
        for one in recovered | ended:
            del firing[one]
        for one in opened:
            firing[one] = OpenAlert(f"alert {one}", "camera_down", one, "high", None)
        assert set(firing) == {one for one in SUBJECTS if state[one] == "wrong"}


def test_a_cooldown_begins_with_the_last_message() -> None:
    assert rested(None, 600, 0)
    assert not rested(1_000_000, 600, 1_599_999)
    assert rested(1_000_000, 600, 1_600_000)
    assert rested(1_000_000, 0, 1_000_000)
