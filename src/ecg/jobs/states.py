"""The state machine of every job, and the only file that knows it.

                  claim                      done
    PENDING ───────────────► PROCESSING ─────────────► DONE
      ▲  │                    │   │   │
      │  │ cancel             │   │   │ failed for good, or the last attempt
      │  ▼                    │   │   └──────────────────► FAILED
      │ CANCELLED ◄───────────┘   │
      │            cancel         │ failed for now, lease expired, handed back
      └───────────────────────────┘

- DONE, FAILED and CANCELLED are final: a finished job never changes. A retry by hand is a new job.
- PENDING → PROCESSING counts an attempt, so that a job that kills its worker cannot loop for ever.
- Every step out of PROCESSING is made by whoever holds the claim (its token), or by a sweep once the lease
  has expired; both compare and set.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def final(self) -> bool:
        return not TRANSITIONS[self]

    def may_become(self, other: State) -> bool:
        return other in TRANSITIONS[self]


TRANSITIONS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.PROCESSING, State.CANCELLED}),
    State.PROCESSING: frozenset({State.DONE, State.FAILED, State.CANCELLED, State.PENDING}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}

FINAL = frozenset(state for state in State if state.final)
