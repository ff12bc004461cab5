"""Estimates: from what was measured, from what is in the queue, and never from thin air."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from ecg.intake.header import VideoFacts
from ecg.jobs.service import Jobs, Speed
from ecg.render.expectation import Deadline, picture_size
from ecg.render.schemas import RenderPayload
from ecg.render.server.estimate import Estimates, expected_work


def payload(**options: object) -> RenderPayload:
    return RenderPayload.model_validate(
        {"video_url": "http://x.example/a.mp4", "scenario": {}, "options": options}
    )


@dataclass
class Measured:
    """What `Jobs` answers to the two questions that estimates ask."""

    speeds: dict[str, float]
    work_ahead: float = 0
    pending: int = 0
    processing: int = 0
    workers: list[dict[str, Any]] = field(default_factory=list)
    looks: int = 0

    async def measured_speed(self, kind: str) -> Speed | None:
        return Speed(self.speeds[kind], None) if kind in self.speeds else None

    async def queue_status(self, _queue: str) -> dict[str, Any]:
        self.looks += 1
        await asyncio.sleep(0)
        return {
            "work_ahead": self.work_ahead,
            "pending": self.pending,
            "processing": self.processing,
            "workers": self.workers,
        }

    def estimates(self) -> Estimates:
        return Estimates(cast("Jobs", self))


def worker(slots: int, age: float = 1) -> dict[str, Any]:
    return {"slots": slots, "heartbeat_age_seconds": age}


class TestWork:
    def test_is_pixels_times_frames(self) -> None:
        facts = VideoFacts((1280, 720), 10.0, 250)
        assert expected_work(payload(), facts, 3) == pytest.approx(1280 * 720 * 250 / 1e6)
        asked = payload(width=1920, height=1080, fps="30000/1001")
        assert expected_work(asked, facts, 3) == pytest.approx(1920 * 1080 * 10 * 30 / 1.001 / 1e6)

    def test_takes_the_end_of_the_captions_where_the_header_is_silent(self) -> None:
        assert expected_work(payload(width=1280, height=720), VideoFacts(), 20.0) == pytest.approx(552.96)
        assert expected_work(payload(), VideoFacts(), 0.0) is None

    def test_the_other_side_follows(self) -> None:
        assert picture_size(payload(width=640), (1280, 720)) == (640, 360)
        assert picture_size(payload(height=360), (1280, 720)) == (640, 360)


class TestSeconds:
    def test_of_a_new_job_count_what_is_before_it(self) -> None:
        jobs = Measured({"render": 50.0}, work_ahead=1000, pending=1, processing=1, workers=[worker(2)])
        assert asyncio.run(jobs.estimates().of_new_job(500)) == 10 + 10

    def test_silent_workers_are_not_counted_upon(self) -> None:
        jobs = Measured({"render": 50.0}, 1000, 1, 1, [worker(2, age=100), worker(1)])
        assert asyncio.run(jobs.estimates().of_new_job(500)) == 20 + 10

    def test_come_from_the_calibration_before_the_first_render(self) -> None:
        assert asyncio.run(Measured({"render-calibration": 100.0}).estimates().of_new_job(500)) == 5

    def test_are_unknown_while_nothing_was_measured(self) -> None:
        assert asyncio.run(Measured({}).estimates().of_new_job(500)) is None

    def test_of_a_waiting_job_grow_with_its_place(self) -> None:
        jobs = Measured({"render": 10.0}, work_ahead=400, pending=3, processing=1, workers=[worker(1)])

        async def ask() -> list[int | None]:
            return [await jobs.estimates().of_waiting_job(place) for place in range(3)]

        assert asyncio.run(ask()) == [20, 30, 40]

    def test_of_an_empty_queue_are_none(self) -> None:
        assert asyncio.run(Measured({}).estimates().of_queue()) == 0

    def test_are_looked_up_once_for_all_who_ask_at_a_time(self) -> None:
        async def test() -> None:
            measured = Measured({"render": 100})
            estimates = measured.estimates()
            await asyncio.gather(*(estimates.of_queue() for _ in range(20)))
            assert measured.looks == 1

        asyncio.run(test())


class TestDeadline:
    def test_is_bounded_by_the_slowest_machine(self) -> None:
        deadline = Deadline(work=400, patience=10, spent_before=3)
        assert deadline.farthest == 3 + 120 + 100

    def test_follows_the_pace_once_there_is_one(self) -> None:
        deadline = Deadline(work=1e6, patience=10, spent_before=3)
        assert deadline.after(0.5) is None
        deadline._begun -= 20
        assert deadline.seconds_left(0.5) == pytest.approx(20, abs=1)
        assert deadline.after(0.5) == pytest.approx(3 + 20 + 120 + 200, abs=15)
