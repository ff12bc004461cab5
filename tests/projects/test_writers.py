"""No update is lost, whatever concurrent writers do: a property, on each database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg.projects import History, Projects, StaleVersion
from tests.projects.opened import ME, captions, opened

WRITES = st.lists(
    st.lists(st.sampled_from(["append", "rename", "restore"]), min_size=1, max_size=4), min_size=2, max_size=5
)
"""What each writer does, one after the other."""


@dataclass
class Outcome:
    accepted: list[int]
    """The versions that writers were told they made."""
    appended: set[str]
    """Cues that writers were told are saved."""


async def append(projects: Projects, project_id: str, cue: str) -> int:
    """Read, add a cue, save from what was read; anew when somebody else was first."""
    current = await projects.get(*ME, project_id)
    while True:
        texts = [each["text"] for each in current.scenario["cues"]]
        try:
            saved = await projects.save(
                *ME, project_id, expected={current.version}, scenario=captions(*texts, cue)
            )
        except StaleVersion as stale:
            current = stale.current
        else:
            return saved.version


async def write(
    projects: Projects, history: History, project_id: str, *, writer: int, acts: list[str], outcome: Outcome
) -> None:
    for number, act in enumerate(acts):
        name = f"{writer}-{number}"
        if act == "append":
            outcome.accepted.append(await append(projects, project_id, name))
            outcome.appended.add(name)
        elif act == "rename":
            saved = await projects.save(*ME, project_id, expected=None, name=name)
            outcome.accepted.append(saved.version)
        else:  # to what it is at that moment: nothing changes but the version
            current = await projects.get(*ME, project_id)
            page = await history.list(*ME, project_id, limit=1)
            try:
                saved = await history.restore(
                    *ME, project_id, page.revisions[0].version, expected={current.version}
                )
            except StaleVersion:
                continue
            outcome.accepted.append(saved.version)


async def compete(url: str, writers: list[list[str]], **chosen: Any) -> None:
    async with opened(url, **chosen) as (projects, history):
        project_id = await projects.create(*ME, "trip", captions("first"))
        outcome = Outcome([], set())
        await asyncio.gather(
            *(
                write(projects, history, project_id, writer=number, acts=acts, outcome=outcome)
                for number, acts in enumerate(writers)
            )
        )
        found = await projects.get(*ME, project_id)
        assert sorted(outcome.accepted) == list(range(2, found.version + 1))
        texts = [cue["text"] for cue in found.scenario["cues"]]
        assert len(texts) == len(set(texts))
        assert set(texts) == {"first"} | outcome.appended


# one database a module: what one example leaves, the next removes
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(writers=WRITES, coalesce=st.sampled_from([0, 600]))
def test_no_update_is_lost(database_url: str, writers: list[list[str]], coalesce: int) -> None:
    asyncio.run(compete(database_url, writers, project_coalesce_seconds=coalesce, project_revisions=2))


def test_of_many_saves_from_one_version_one_is_accepted(database_url: str) -> None:
    async def run() -> None:
        async with opened(database_url) as (projects, _history):
            project_id = await projects.create(*ME, "trip", captions("first"))
            outcomes = await asyncio.gather(
                *(
                    projects.save(*ME, project_id, expected={1}, scenario=captions(f"{number}"))
                    for number in range(30)
                ),
                return_exceptions=True,
            )
            accepted = [number for number, each in enumerate(outcomes) if not isinstance(each, StaleVersion)]
            assert len(accepted) == 1
            assert all(each.current.version == 2 for each in outcomes if isinstance(each, StaleVersion))
            assert (await projects.get(*ME, project_id)).scenario == captions(f"{accepted[0]}")

    asyncio.run(run())
