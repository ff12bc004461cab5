"""Registering, looking, cancelling, trying again; on each database, with a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from ecg.errors import Conflict, NotFound
from ecg.jobs.kinds import UnknownKind
from ecg.jobs.service import InvalidJob
from ecg.jobs.states import State
from tests.jobs.workplace import TENANT, Test, Workplace


class TestSubmit:
    def test_fifty_at_once_are_one_job(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            submit = place.jobs.submit
            answers = await asyncio.gather(
                *(submit("echo", {"text": "one"}, tenant_id=TENANT, job_id="the-id") for _ in range(50))
            )
            assert sum(answer.created for answer in answers) == 1
            assert {answer.view.job_id for answer in answers} == {"the-id"}
            assert len((await place.jobs.list(TENANT)).jobs) == 1

        at_work_anywhere(test)

    @pytest.mark.parametrize("difference", ["payload", "kind", "callback"])
    def test_another_request_under_the_same_id_is_refused(
        self, at_work_anywhere: Callable[[Test], None], difference: str
    ) -> None:
        async def test(place: Workplace) -> None:
            await place.jobs.submit("echo", {"text": "one"}, tenant_id=TENANT, job_id="id")
            with pytest.raises(Conflict) as refusal:
                await place.jobs.submit(
                    "where" if difference == "kind" else "echo",
                    {"text": "two" if difference == "payload" else "one"},
                    tenant_id=TENANT,
                    job_id="id",
                    callback_url="https://example.com/" if difference == "callback" else None,
                )
            assert refusal.value.where == "/job_id"

        at_work_anywhere(test)

    def test_keys_in_another_order_are_the_same_request(
        self, at_work_anywhere: Callable[[Test], None]
    ) -> None:
        async def test(place: Workplace) -> None:
            for payload in ({"seconds": 1, "steps": 2}, {"steps": 2, "seconds": 1.0}):
                submitted = await place.jobs.submit("sleep", payload, tenant_id=TENANT, job_id="id")
            assert not submitted.created

        at_work_anywhere(test)

    def test_tenants_do_not_meet(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            await place.jobs.submit("echo", {"text": "mine"}, tenant_id=TENANT, job_id="id")
            await place.jobs.submit("echo", {"text": "theirs"}, tenant_id="other", job_id="id")
            for call in (place.jobs.get, place.jobs.cancel, place.jobs.retry, place.jobs.position):
                with pytest.raises(NotFound):
                    await call("nobody", "id")
            assert [view.tenant_id for view in (await place.jobs.list(TENANT)).jobs] == [TENANT]

        at_work_anywhere(test)

    @pytest.mark.parametrize("job_id", ["", " ", "a/b", "../x", "a" * 129, "-a", "é", "a\n"])
    def test_unusable_ids_are_refused(self, at_work_anywhere: Callable[[Test], None], job_id: str) -> None:
        async def test(place: Workplace) -> None:
            with pytest.raises(InvalidJob):
                await place.jobs.submit("echo", {}, tenant_id=TENANT, job_id=job_id)

        at_work_anywhere(test)

    def test_a_wrong_payload_is_pointed_at(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            with pytest.raises(InvalidJob) as refusal:
                await place.submit("sleep", seconds="soon")
            assert refusal.value.where == "/payload/seconds"
            with pytest.raises(UnknownKind):
                await place.submit("no-such-kind")

        at_work_anywhere(test)


class TestPolls:
    def test_waiting_running_and_finished_jobs_cost_no_sql(
        self, at_work_anywhere: Callable[[Test], None]
    ) -> None:
        async def test(place: Workplace) -> None:
            job_id = await place.submit("echo")
            await place.jobs.told()
            before = place.jobs.database.statements
            assert (await place.jobs.get(TENANT, job_id)).state is State.PENDING
            assert place.jobs.database.statements == before
            worker = place.hire()
            await place.until(job_id)
            await place.dismiss(worker)
            before = place.jobs.database.statements
            for _ in range(100):
                assert (await place.jobs.get(TENANT, job_id)).result == {"text": ""}
            assert place.jobs.database.statements == before

        at_work_anywhere(test)

    def test_the_row_answers_when_redis_forgot(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            job_id = await place.submit("echo")
            worker = place.hire()
            live = await place.until(job_id)
            await place.dismiss(worker)
            await place.redis.client().flushall()
            assert await place.jobs.get(TENANT, job_id) == live

        at_work_anywhere(test)


class TestRetry:
    def test_a_failed_job_is_registered_anew(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            first = await place.submit("fail-for-good", "broken")
            await place.until(first)
            again = await place.jobs.retry(TENANT, first)
            assert again.job_id.startswith("broken.again-")
            assert (await place.until(again.job_id)).state is State.FAILED
            assert (await place.row(again.job_id)).retry_of == "broken"
            third = await place.jobs.retry(TENANT, again.job_id)
            assert len(third.job_id) == len(again.job_id)

        at_work_anywhere(test)

    def test_many_retries_at_once_are_one_job(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            first = await place.submit("fail-for-good", "broken")
            await place.jobs.cancel(TENANT, first)
            views = await asyncio.gather(*(place.jobs.retry(TENANT, first) for _ in range(10)))
            [again] = {view.job_id for view in views}
            place.hire()
            await place.until(again)
            assert (await place.jobs.retry(TENANT, first)).job_id not in (
                first,
                again,
            )  # that one failed, too

        at_work_anywhere(test)

    def test_a_job_that_was_done_is_not_done_again(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            place.hire()
            job_id = await place.submit("echo")
            await place.until(job_id)
            with pytest.raises(Conflict):
                await place.jobs.retry(TENANT, job_id)

        at_work_anywhere(test)


class TestList:
    def test_pages_and_filters(self, at_work_anywhere: Callable[[Test], None]) -> None:
        async def test(place: Workplace) -> None:
            ids = [await place.submit("echo", f"e{n}") for n in range(5)]
            await place.submit("sleep", "s")
            await place.jobs.cancel(TENANT, "e3")
            page = await place.jobs.list(TENANT, kind="echo", limit=2)
            rest = await place.jobs.list(TENANT, kind="echo", limit=10, cursor=page.next_cursor)
            assert [view.job_id for view in (*page.jobs, *rest.jobs)] == ids[::-1]
            assert rest.next_cursor is None
            cancelled = await place.jobs.list(TENANT, states=(State.CANCELLED,))
            assert [view.job_id for view in cancelled.jobs] == ["e3"]

        at_work_anywhere(test)

    @pytest.mark.parametrize("cursor", ["x", "-1", "9" * 40, "1; DROP TABLE jobs", "١"])
    def test_a_foreign_cursor_is_refused(self, at_work_anywhere: Callable[[Test], None], cursor: str) -> None:
        async def test(place: Workplace) -> None:
            with pytest.raises(InvalidJob):
                await place.jobs.list(TENANT, cursor=cursor)

        at_work_anywhere(test)
