"""The state machine."""

from __future__ import annotations

import pytest

from ecg.jobs.states import FINAL, TRANSITIONS, State


def test_three_states_are_final() -> None:
    assert {State.DONE, State.FAILED, State.CANCELLED} == FINAL


@pytest.mark.parametrize("state", list(State))
def test_a_final_state_leads_nowhere(state: State) -> None:
    assert state.final == (not any(state.may_become(other) for other in State))


def test_every_state_is_reached_from_the_first() -> None:
    reached = {State.PENDING}
    while more := {other for state in reached for other in TRANSITIONS[state]} - reached:
        reached |= more
    assert reached == set(State)
