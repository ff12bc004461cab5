"""Revisions: which are kept, which overwritten, and the way back, on each database."""

from __future__ import annotations

import pytest

from ecg.errors import NotFound
from ecg.projects import History, Projects
from tests.projects.opened import ME, captions, run


async def versions(history: History, project_id: str) -> list[tuple[int, str]]:
    page = await history.list(*ME, project_id)
    return [(revision.version, revision.kind) for revision in page.revisions]


def test_saves_in_quick_succession_are_one_revision(database_url: str) -> None:
    async def test(projects: Projects, history: History) -> None:
        project_id = await projects.create(*ME, "trip", captions("0"))
        for version in range(1, 6):
            await projects.save(*ME, project_id, expected={version}, scenario=captions(f"{version}"))
        assert await versions(history, project_id) == [(6, "saved"), (1, "created")]
        assert (await projects.get(*ME, project_id)).scenario == captions("5")
        with pytest.raises(NotFound):
            await history.get(*ME, project_id, 4)

    run(database_url, test, project_coalesce_seconds=600)


def test_saves_at_leisure_are_revisions_of_their_own(database_url: str) -> None:
    async def test(projects: Projects, history: History) -> None:
        project_id = await projects.create(*ME, "trip", captions("0"))
        await projects.save(*ME, project_id, expected={1}, scenario=captions("1"))
        await projects.save(*ME, project_id, expected={2}, name="renamed")
        await projects.save(*ME, project_id, expected={3}, scenario=captions("3"))
        assert await versions(history, project_id) == [(4, "saved"), (2, "saved"), (1, "created")]
        assert '"1"' in (await history.get(*ME, project_id, 2)).scenario_json

    run(database_url, test, project_coalesce_seconds=0)


def test_going_back_is_a_change_and_loses_nothing(database_url: str) -> None:
    async def test(projects: Projects, history: History) -> None:
        project_id = await projects.create(*ME, "trip", captions("0"))
        await projects.save(*ME, project_id, expected={1}, scenario=captions("1"))
        restored = await history.restore(*ME, project_id, 1, expected={2})
        assert restored.version == 3
        assert (await projects.get(*ME, project_id)).scenario == captions("0")
        await projects.save(*ME, project_id, expected={3}, scenario=captions("after"))
        assert await versions(history, project_id) == [
            (4, "saved"),
            (3, "restored"),
            (2, "saved"),
            (1, "created"),
        ]
        await history.restore(*ME, project_id, 2)
        assert (await projects.get(*ME, project_id)).scenario == captions("1")
        with pytest.raises(NotFound):
            await history.restore(*ME, project_id, 99)
        assert (await projects.get(*ME, project_id)).version == 5

    run(database_url, test, project_coalesce_seconds=600)


def test_old_saves_are_dropped_the_first_revision_is_not(database_url: str) -> None:
    async def test(projects: Projects, history: History) -> None:
        project_id = await projects.create(*ME, "trip", captions("0"))
        for version in range(1, 8):
            await projects.save(*ME, project_id, expected={version}, scenario=captions(f"{version}"))
        assert await versions(history, project_id) == [
            (8, "saved"),
            (7, "saved"),
            (6, "saved"),
            (1, "created"),
        ]
        await history.restore(*ME, project_id, 7)
        assert await versions(history, project_id) == [
            (9, "restored"),
            (8, "saved"),
            (7, "saved"),
            (1, "created"),
        ]

    run(database_url, test, project_coalesce_seconds=0, project_revisions=3)


def test_pages_of_revisions(database_url: str) -> None:
    async def test(projects: Projects, history: History) -> None:
        project_id = await projects.create(*ME, "trip", captions("0"))
        for version in range(1, 5):
            await projects.save(*ME, project_id, expected={version}, scenario=captions(f"{version}"))
        first = await history.list(*ME, project_id, limit=3)
        second = await history.list(*ME, project_id, limit=3, cursor=first.next_cursor)
        assert [revision.version for revision in first.revisions + second.revisions] == [5, 4, 3, 2, 1]
        assert second.next_cursor is None

    run(database_url, test, project_coalesce_seconds=0)
