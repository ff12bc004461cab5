"""What an owner does with projects, on each database."""

from __future__ import annotations

import asyncio

import pytest

from ecg.errors import Conflict, InputError, NotFound, ScenarioError
from ecg.projects import History, Projects, StaleVersion, TooManyProjects
from ecg.projects.upkeep import empty_trash
from tests.projects.opened import ME, captions, run

STRANGERS = (("tenant", "somebody"), ("elsewhere", "me"))


def test_a_project_is_found_as_it_was_made(database_url: str) -> None:
    async def test(projects: Projects, _history: History) -> None:
        scenario = captions("안녕하세요 👋", "zero \u0000 and \u202e")
        project_id = await projects.create(*ME, "My  trip 👩‍👧\n.mp4", scenario, source={"job_id": "j"})
        found = await projects.get(*ME, project_id)
        assert found.scenario == scenario
        assert (found.name, found.version, found.source) == ("My trip 👩‍👧 .mp4", 1, {"job_id": "j"})
        assert found.created_at == found.updated_at
        assert found.deleted_at is None

    run(database_url, test)


def test_each_save_is_the_next_version(database_url: str) -> None:
    async def test(projects: Projects, _history: History) -> None:
        project_id = await projects.create(*ME, "trip", captions("one"))
        saved = await projects.save(*ME, project_id, expected={1}, scenario=captions("two"))
        renamed = await projects.save(*ME, project_id, expected={2}, name="journey")
        found = await projects.get(*ME, project_id)
        assert (saved.version, renamed.version, found.version) == (2, 3, 3)
        assert (found.name, found.scenario) == ("journey", captions("two"))
        assert found.updated_at == renamed.updated_at >= saved.updated_at

    run(database_url, test)


def test_a_stale_save_changes_nothing_and_shows_the_current_project(database_url: str) -> None:
    async def test(projects: Projects, history: History) -> None:
        project_id = await projects.create(*ME, "trip", captions("one"))
        await projects.save(*ME, project_id, expected={1}, scenario=captions("two"))
        with pytest.raises(StaleVersion) as refused:
            await projects.save(*ME, project_id, expected={1}, scenario=captions("lost"), name="lost")
        current = await projects.get(*ME, project_id)
        assert refused.value.current == current
        assert (current.version, current.scenario, current.name) == (2, captions("two"), "trip")
        with pytest.raises(StaleVersion):
            await projects.delete(*ME, project_id, expected={1})
        with pytest.raises(StaleVersion):
            await history.restore(*ME, project_id, 1, expected={1})
        await projects.save(*ME, project_id, expected=None, scenario=captions("whatever"))
        await projects.save(*ME, project_id, expected={1, 3}, scenario=captions("one of these"))

    run(database_url, test)


def test_nobody_else_sees_or_changes_a_project(database_url: str) -> None:
    async def test(projects: Projects, history: History) -> None:
        project_id = await projects.create(*ME, "trip", captions("mine"))
        for stranger in STRANGERS:
            for attempt in (
                projects.get(*stranger, project_id),
                projects.save(*stranger, project_id, expected=None, name="theirs"),
                projects.delete(*stranger, project_id),
                projects.erase(*stranger, project_id),
                projects.bring_back(*stranger, project_id),
                projects.duplicate(*stranger, project_id),
                history.list(*stranger, project_id),
                history.get(*stranger, project_id, 1),
                history.restore(*stranger, project_id, 1),
            ):
                with pytest.raises(NotFound):
                    await attempt
            with pytest.raises(Conflict, match="taken"):
                await projects.create(*stranger, "theirs", captions("theirs"), project_id=project_id)
            assert (await projects.list(*stranger)).projects == []
        assert (await projects.get(*ME, project_id)).version == 1

    run(database_url, test)


def test_the_same_id_again_is_the_same_project(database_url: str) -> None:
    async def test(projects: Projects, _history: History) -> None:
        ids = await asyncio.gather(
            *(projects.create(*ME, "trip", captions(f"{n}"), project_id="of-job-1") for n in range(8))
        )
        assert set(ids) == {"of-job-1"}
        assert len((await projects.list(*ME)).projects) == 1

    run(database_url, test, max_projects=1)


def test_there_is_a_limit_which_the_trash_counts_into(database_url: str) -> None:
    async def test(projects: Projects, _history: History) -> None:
        first, _ = [await projects.create(*ME, "trip", captions("one")) for _ in range(2)]
        await projects.delete(*ME, first)
        with pytest.raises(TooManyProjects):
            await projects.create(*ME, "trip", captions("one"))
        await projects.erase(*ME, first)
        await projects.create(*ME, "trip", captions("one"))

    run(database_url, test, max_projects=2)


def test_a_broken_scenario_is_refused_with_a_pointer(database_url: str) -> None:
    async def test(projects: Projects, _history: History) -> None:
        project_id = await projects.create(*ME, "trip", captions("one"))
        many = captions(*["one"] * 1001)
        large = {**captions("one"), "metadata": "x" * (5 * 1024 * 1024)}
        backwards = {"cues": [{"text": "one", "start": 2, "end": 1}]}
        deep: dict[str, object] = {}
        for _ in range(20_000):
            deep = {"a": deep}
        for broken, where in (
            (many, "/scenario/cues"),
            (large, "/scenario"),
            (backwards, "/scenario/cues/0"),
            (captions("\ud800"), "/scenario"),
            ({"cues": [{"text": "one", "start": float("nan"), "end": 1}]}, "/scenario"),
            ({**captions("one"), "metadata": float("inf")}, "/scenario"),
            ({**captions("one"), "metadata": deep}, "/scenario"),
            ({"nothing": "known"}, "/scenario"),
        ):
            with pytest.raises(ScenarioError) as refused:
                await projects.save(*ME, project_id, expected={1}, scenario=broken)
            assert (refused.value.where or "").startswith(where)
            with pytest.raises(ScenarioError):
                await projects.create(*ME, "trip", broken)
        assert (await projects.get(*ME, project_id)).version == 1

    if "sqlite" in database_url:  # the database is not asked
        run(database_url, test)


def test_the_trash_gives_back_until_it_is_emptied(database_url: str) -> None:
    async def test(projects: Projects, history: History) -> None:
        kept, gone = [await projects.create(*ME, name, captions(name)) for name in ("kept", "gone")]
        for project_id in (kept, gone):
            await projects.delete(*ME, project_id)
            with pytest.raises(NotFound):
                await projects.get(*ME, project_id)
            with pytest.raises(NotFound):
                await projects.save(*ME, project_id, expected=None, name="no")
            with pytest.raises(NotFound):
                await history.list(*ME, project_id)
        assert (await projects.list(*ME)).projects == []
        assert len((await projects.list(*ME, deleted=True)).projects) == 2
        await projects.bring_back(*ME, kept)
        with pytest.raises(NotFound):
            await projects.bring_back(*ME, kept)
        assert (await projects.get(*ME, kept)).scenario == captions("kept")
        assert await empty_trash(projects, days=1) == 0
        assert await empty_trash(projects, days=-1) == 1
        assert (await projects.list(*ME, deleted=True)).projects == []

    run(database_url, test)


def test_pages_go_on_where_the_last_one_ended(database_url: str) -> None:
    async def test(projects: Projects, _history: History) -> None:
        made = [await projects.create(*ME, f"trip {number}", captions("one")) for number in range(5)]
        await projects.save(*ME, made[0], expected={1}, name="changed last")
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = await projects.list(*ME, cursor=cursor, limit=2)
            seen += [view.project_id for view in page.projects]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert sorted(seen) == sorted(made)
        for wrong in ("x", "1", "-1.x", "1.'", f"{10**20}.x", "１.x"):
            with pytest.raises(InputError):
                await projects.list(*ME, cursor=wrong)

    run(database_url, test)


def test_a_duplicate_goes_its_own_way(database_url: str) -> None:
    async def test(projects: Projects, history: History) -> None:
        first = await projects.create(*ME, "n" * 200, captions("one"), source={"file_key": "k"})
        await projects.save(*ME, first, expected={1}, scenario=captions("two"))
        second = await projects.duplicate(*ME, first)
        await projects.save(*ME, first, expected={2}, scenario=captions("three"))
        copy = await projects.get(*ME, second)
        assert (copy.scenario, copy.version, copy.source) == (captions("two"), 1, {"file_key": "k"})
        assert copy.name == "n" * 193 + " (copy)"
        assert len((await history.list(*ME, second)).revisions) == 1
        third = await projects.duplicate(*ME, first, name="mine")
        assert (await projects.get(*ME, third)).name == "mine"

    run(database_url, test)
