"""The job API over real connections: a real server, database and Redis."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
import websockets

from ecg.jobs import repository
from ecg.jobs.callbacks.log import Callbacks
from ecg.jobs.changes import version_of
from ecg.jobs.endpoints import router
from ecg.jobs.live.events import EventHub
from ecg.jobs.repository import Claim
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.web import create_base_app
from tests.jobs import sample_kinds
from tests.jobs.workplace import TENANT, Workplace, workplace
from tests.web.serving import serving

pytestmark = pytest.mark.anyio

JOBS = "/api/v1/jobs/"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with structlog.testing.capture_logs():
        yield


@dataclass
class Api:
    place: Workplace
    http: httpx2.AsyncClient
    address: str
    events: EventHub
    claims: dict[str, Claim] = field(default_factory=dict)
    sequence: int = 0

    async def submit(self, job_id: str = "job", **fields: Any) -> httpx2.Response:
        return await self.http.post(JOBS, json={"kind": "echo", "job_id": job_id, **fields})

    async def begin(self, job_id: str = "job") -> None:
        """Submit a job, and claim it as a worker does."""
        assert (await self.submit(job_id)).status_code == 202
        async with self.place.jobs.database.write() as connection:
            claim = await repository.claim(
                connection, sample_kinds.QUEUE, token="t", boot_id="b", worker_id="w", lease_seconds=60
            )
        assert claim is not None
        assert claim.job_id == job_id
        self.claims[job_id] = claim
        await self.tell(0, job_id)

    async def tell(self, progress: int, job_id: str = "job") -> None:
        self.sequence += 1
        told = JobView(TENANT, job_id, "echo", State.PROCESSING, progress, attempt=1)
        await self.place.jobs.live.write(told, version_of(1, self.sequence))

    async def finish(self, job_id: str = "job", state: State = State.DONE) -> None:
        await self.place.jobs.changes.apply(
            TENANT,
            job_id,
            lambda connection: repository.finish(connection, self.claims[job_id], state, progress=100),
        )

    async def watched(self) -> None:
        """Wait until the server hears the job's events."""
        redis = self.place.redis.client()
        async with asyncio.timeout(60):
            while not await redis.pubsub_channels("tenant:*"):
                await asyncio.sleep(0.01)


@asynccontextmanager
async def api(folder: Path, **settings: Any) -> AsyncIterator[Api]:
    url = f"sqlite:///{folder / 'ecg.db'}"
    async with workplace(url, folder, allowed_private_networks="127.0.0.0/8", **settings) as place:
        app = create_base_app("test", place.settings)
        app.include_router(router)
        app.state.jobs = place.jobs
        app.state.events = events = EventHub(place.jobs.live, place.jobs.get)
        app.state.callbacks = Callbacks(place.jobs.database)
        async with (
            serving(app) as address,
            httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as http,
        ):
            yield Api(place, http, address, events)
        await events.close()


class TestSubmit:
    async def test_a_job_is_registered_and_found(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            answer = await a.submit(payload={"text": "hello"})
            assert answer.status_code == 202
            assert answer.headers["location"] == "/api/v1/jobs/job/"
            found = (await a.http.get(answer.headers["location"])).json()
            assert list(found) == [
                *("job_id", "kind", "status", "progress", "stage", "message", "details", "result"),
                *("error_code", "error_message", "attempt", "seconds_left"),
                *("created_at", "started_at", "finished_at"),
            ]
            assert (found["job_id"], found["status"], found["progress"]) == ("job", "PENDING", 0)

    async def test_without_an_id_one_is_made(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            ids = {(await a.http.post(JOBS, json={"kind": "echo"})).json()["job_id"] for _ in range(2)}
            assert len(ids) == 2

    async def test_the_same_request_is_the_same_job_and_another_a_conflict(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            assert (await a.submit(payload={"text": "one"})).status_code == 202
            again = await a.submit(payload={"text": "one"})
            assert (again.status_code, again.json()["job_id"]) == (200, "job")
            other = await a.submit(payload={"text": "two"})
            assert (other.status_code, other.json()["code"]) == (409, "CONFLICT")

    async def test_fifty_at_once_are_one_job(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            answers = await asyncio.gather(*(a.submit() for _ in range(50)))
            assert sorted(answer.status_code for answer in answers) == [200] * 49 + [202]

    async def test_the_idempotency_key_is_the_id(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            headers = {"Idempotency-Key": "key-1"}
            answer = await a.http.post(JOBS, json={"kind": "echo"}, headers=headers)
            assert answer.json()["job_id"] == "key-1"
            answer = await a.http.post(JOBS, json={"kind": "echo", "job_id": "other"}, headers=headers)
            assert (answer.status_code, answer.json()["where"]) == (400, "/job_id")

    async def test_the_request_id_goes_along(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            headers = {"X-Request-ID": "request-7"}
            await a.http.post(JOBS, json={"kind": "echo", "job_id": "job"}, headers=headers)
            assert (await a.place.row("job")).request_id == "request-7"

    @pytest.mark.parametrize(
        ("body", "status", "code", "where"),
        [
            ({}, 422, "INVALID_REQUEST", "/kind"),
            ({"kind": 1}, 422, "INVALID_REQUEST", "/kind"),
            ({"kind": "nothing"}, 400, "UNKNOWN_JOB_KIND", "/kind"),
            ({"kind": "echo", "job_id": "a b"}, 422, "INVALID_REQUEST", "/job_id"),
            ({"kind": "echo", "job_id": "x" * 129}, 422, "INVALID_REQUEST", "/job_id"),
            ({"kind": "echo", "job_id": ""}, 422, "INVALID_REQUEST", "/job_id"),
            ({"kind": "echo", "payload": []}, 422, "INVALID_REQUEST", "/payload"),
            ({"kind": "echo", "payload": {"text": 1}}, 400, "INVALID_REQUEST", "/payload/text"),
            ({"kind": "echo", "jobid": "typo"}, 422, "INVALID_REQUEST", "/jobid"),
            ({"kind": "echo", "callback_url": "x"}, 400, None, "/callback_url"),
            ({"kind": "echo", "callback_url": "file:///etc/passwd"}, 400, None, "/callback_url"),
            ({"kind": "echo", "callback_url": "http://169.254.169.254/"}, 400, None, "/callback_url"),
            ({"kind": "echo", "callback_url": "http://no.invalid/"}, 400, None, "/callback_url"),
        ],
    )
    async def test_a_wrong_request_is_refused_and_nothing_kept(
        self, tmp_path: Path, body: dict[str, Any], status: int, code: str | None, where: str
    ) -> None:
        async with api(tmp_path) as a:
            answer = await a.http.post(JOBS, json=body)
            assert (answer.status_code, answer.json()["where"]) == (status, where)
            assert code is None or answer.json()["code"] == code
            assert (await a.http.get(JOBS)).json()["jobs"] == []


class TestLook:
    async def test_unknown_and_impossible_ids(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            for path in ("", "cancel/", "retry/", "callbacks/", "events/", "ticket/"):
                method = "POST" if path in ("cancel/", "retry/", "ticket/") else "GET"
                assert (await a.http.request(method, f"{JOBS}nothing/{path}")).status_code == 404
                assert (await a.http.request(method, f"{JOBS}%00/{path}")).status_code == 422

    async def test_polls_of_running_and_just_finished_jobs_cost_no_sql(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            await a.begin("running")
            await a.begin("finished")
            await a.finish("finished")
            before = a.place.jobs.database.statements
            for _ in range(250):
                assert (await a.http.get(f"{JOBS}running/")).json()["status"] == "PROCESSING"
                assert (await a.http.get(f"{JOBS}finished/")).json()["status"] == "DONE"
            assert a.place.jobs.database.statements == before

    async def test_polls_go_on_without_redis(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            await a.begin()
            a.place.redis.kill()
            await a.finish()
            for _ in range(20):
                assert (await a.http.get(f"{JOBS}job/")).json()["status"] == "DONE"

    async def test_pages_hold_each_job_once(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            for number in range(7):
                await a.submit(f"job-{number}")
            await a.http.post(f"{JOBS}job-3/cancel/")
            seen: list[str] = []
            cursor: dict[str, str] = {}
            while True:
                page = (await a.http.get(JOBS, params={"limit": 3, **cursor})).json()
                seen += [job["job_id"] for job in page["jobs"]]
                if page["next_cursor"] is None:
                    break
                cursor = {"cursor": page["next_cursor"]}
            assert seen == [f"job-{number}" for number in reversed(range(7))]
            cancelled = (await a.http.get(JOBS, params={"state": "CANCELLED", "kind": "echo"})).json()
            assert [job["job_id"] for job in cancelled["jobs"]] == ["job-3"]
            both = (await a.http.get(JOBS, params={"state": ["CANCELLED", "PENDING"]})).json()
            assert len(both["jobs"]) == 7
            for wrong in ("state=x", "limit=0", "limit=201", "cursor=x", "kind=%00"):
                assert (await a.http.get(f"{JOBS}?{wrong}")).status_code in (400, 422)


class TestChange:
    async def test_cancel(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            await a.submit()
            for _ in range(2):
                answer = await a.http.post(f"{JOBS}job/cancel/")
                assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")

    async def test_retry_is_a_new_job(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            await a.submit()
            assert (await a.http.post(f"{JOBS}job/retry/")).status_code == 409
            await a.http.post(f"{JOBS}job/cancel/")
            answer = await a.http.post(f"{JOBS}job/retry/")
            assert answer.status_code == 202
            assert answer.json()["job_id"] != "job"
            assert (await a.http.get(answer.headers["location"])).json()["status"] == "PENDING"
            assert (await a.http.get(f"{JOBS}job/")).json()["status"] == "CANCELLED"

    async def test_callbacks_are_listed_and_sent_again(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            await a.submit(callback_url="http://127.0.0.1:9999/done")
            await a.http.post(f"{JOBS}job/cancel/")
            [delivery] = (await a.http.get(f"{JOBS}job/callbacks/")).json()["deliveries"]
            assert delivery["event"] == "CANCELLED"
            assert delivery["tries"] == []
            again = await a.http.post(f"/api/v1/callbacks/{delivery['delivery_id']}/redeliver/")
            assert (again.status_code, again.json()["delivery_id"]) == (202, delivery["delivery_id"])
            assert (await a.http.post("/api/v1/callbacks/nothing/redeliver/")).status_code == 404


@dataclass
class Sse:
    id: str
    job: dict[str, Any]


async def sse(
    a: Api, job_id: str = "job", *, after: str | None = None, count: int | None = None
) -> list[Sse]:
    """Server-sent events until the end, or so many."""
    headers = {} if after is None else {"Last-Event-ID": after}
    found: list[Sse] = []
    async with a.http.stream("GET", f"{JOBS}{job_id}/events/", headers=headers) as answer:
        assert answer.status_code in (200, 204), await answer.aread()
        data = ""
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                data = line.removeprefix("data: ")
            elif line.startswith("id: "):
                found.append(Sse(line.removeprefix("id: "), json.loads(data)))
                if len(found) == count:
                    break
    return found


async def ws(a: Api, *, after: str | None = None, count: int | None = None) -> list[Sse]:
    """The same by WebSocket."""
    found: list[Sse] = []
    query = "" if after is None else f"?after={after}"
    async with websockets.connect(f"ws://{a.address}{JOBS}job/ws/{query}", proxy=None) as socket:
        async for message in socket:
            event = json.loads(message)
            found.append(Sse(event["id"], event["job"]))
            if len(found) == count:
                break
    return found


WAYS = pytest.mark.parametrize("way", [sse, ws])


class TestWatch:
    @WAYS
    async def test_the_present_then_changes_then_the_end(self, tmp_path: Path, way: Any) -> None:
        async with api(tmp_path) as a:
            await a.begin()
            watching = asyncio.create_task(way(a))
            await a.watched()
            await a.tell(40)
            await a.finish()
            events = await watching
            assert [event.job["status"] for event in events] == ["PROCESSING", "PROCESSING", "DONE"]
            assert [event.job["progress"] for event in events] == [0, 40, 100]
            assert a.events.watchers == 0

    @WAYS
    async def test_a_cut_connection_is_resumed_without_a_gap(self, tmp_path: Path, way: Any) -> None:
        chance = random.Random(7)
        async with api(tmp_path) as a:
            await a.begin()

            async def work() -> None:
                for progress in range(1, 100):
                    await a.tell(progress)
                    await asyncio.sleep(chance.random() * 0.01)
                await a.finish()

            events = await way(a, count=1)
            working = asyncio.create_task(work())
            async with asyncio.timeout(20):
                while events[-1].job["status"] == "PROCESSING":
                    events += await way(a, after=events[-1].id, count=chance.randint(1, 15))
            await working
            assert [event.job["progress"] for event in events] == list(range(101))

    @WAYS
    async def test_redis_may_go_and_come_back(self, tmp_path: Path, way: Any) -> None:
        async with api(tmp_path) as a:
            await a.begin()
            await a.tell(10)
            watching = asyncio.create_task(way(a))
            await a.watched()
            a.place.redis.kill()
            await a.tell(50)  # kept by its writer
            await a.place.redis.start()
            async with asyncio.timeout(20):
                while not a.place.jobs.live.up:
                    await asyncio.sleep(0.01)
            a.place.redis.kill()
            await a.finish()
            async with asyncio.timeout(20):
                events = await watching
            assert events[0].job["progress"] == 10
            assert events[-1].job["status"] == "DONE"

    async def test_who_saw_the_end_is_told_not_to_come_back(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            await a.begin()
            await a.finish()
            [end] = await sse(a)
            answer = await a.http.get(f"{JOBS}job/events/", headers={"Last-Event-ID": end.id})
            assert answer.status_code == 204
            assert await ws(a, after=end.id) == []

    async def test_a_wrong_id_and_a_wrong_job_are_refused_first(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            await a.submit()
            answer = await a.http.get(f"{JOBS}job/events/?after=x")
            assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT")
            for path, status in (("job/ws/?after=x", 400), ("nothing/ws/", 404)):
                with pytest.raises(websockets.InvalidStatus) as refused:
                    await websockets.connect(f"ws://{a.address}{JOBS}{path}", proxy=None)
                assert refused.value.response.status_code == status

    @WAYS
    async def test_a_client_that_leaves_is_forgotten(self, tmp_path: Path, way: Any) -> None:
        async with api(tmp_path) as a:
            await a.begin()
            await way(a, count=1)
            async with asyncio.timeout(60):
                while a.events.watchers:
                    await asyncio.sleep(0.01)

    async def test_a_client_that_does_not_read_holds_little(self, tmp_path: Path) -> None:
        async with api(tmp_path) as a:
            await a.begin()
            url = f"ws://{a.address}{JOBS}job/ws/"
            async with websockets.connect(url, proxy=None, max_queue=1) as socket:
                await a.watched()
                big = JobView(TENANT, "job", "echo", State.PROCESSING, message="x" * 100_000)
                for number in range(300):
                    await a.place.jobs.live.write(replace(big, progress=number), version_of(1, 10 + number))
                [[watcher]] = [list(each) for each in a.events._watchers.values()]
                assert len(watcher._heard) <= 64
                await a.finish()
                async with asyncio.timeout(20):
                    messages = [json.loads(message)["job"] async for message in socket]
                assert messages[-1]["status"] == "DONE"
                assert [message["progress"] for message in messages[1:-1]] == list(range(300))

    async def test_a_ticket_opens_the_events(self, tmp_path: Path) -> None:
        async with api(tmp_path, service_token="right") as a:
            a.http.headers["Authorization"] = "Bearer right"
            await a.submit()
            ticket = (await a.http.post(f"{JOBS}job/ticket/")).json()["token"]
            url = f"ws://{a.address}{JOBS}job/ws/"
            async with websockets.connect(f"{url}?token={ticket}", proxy=None) as socket:
                assert json.loads(await socket.recv())["job"]["status"] == "PENDING"
            with pytest.raises(websockets.InvalidStatus):
                await websockets.connect(url, proxy=None)


async def test_a_worker_s_job_is_seen_to_its_end(tmp_path: Path) -> None:
    async with api(tmp_path) as a:
        a.place.hire(slots=1)
        answer = await a.http.post(
            JOBS, json={"kind": "sleep", "job_id": "job", "payload": {"seconds": 0.5, "steps": 5}}
        )
        assert answer.status_code == 202
        events = await sse(a)
        assert events[-1].job["status"] == "DONE"
        assert events[-1].job["result"] == {"seconds": 0.5, "steps": 5}
        progress = [event.job["progress"] for event in events]
        assert progress == sorted(progress)
