"""Each rule, from facts alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecg.live.alerts.facts import CameraFact, DiskFact, Facts, WorkerFact
from ecg.live.alerts.rules import ANALYSES, WORKERS, Finding, Key, look
from ecg.live.alerts.thresholds import Rules, WorkerDown
from tests.live.place import HOUR, MINUTE, T0

NOW = T0 + 10 * HOUR


def found(facts: Facts, rules: Rules | None = None, open_keys: set[Key] | None = None) -> dict[str, Finding]:
    verdicts = look(facts, rules or Rules(), open_keys or set())
    assert not {(one.rule, one.subject) for one in verdicts.findings} & verdicts.well
    return {one.subject: one for one in verdicts.findings}


def worker(name: str = "one", *, age: int = 0, started: int = T0, **more: object) -> WorkerFact:
    made = WorkerFact(name, "host", started, NOW - age)
    return replace(made, **more)  # type: ignore[arg-type]


class TestCameras:
    def test_silent_for_longer_than_the_limit(self) -> None:
        quiet = CameraFact("door", "Front door", NOW - 61_000, "nothing came")
        sending = CameraFact("gate", "Gate", NOW - 60_000)
        [finding] = found(Facts(NOW, cameras=[quiet, sending])).values()
        assert (finding.rule, finding.subject, finding.camera_id) == ("camera_down", "door", "door")
        assert finding.since == quiet.heard_at
        assert finding.values == {"camera": "Front door", "reason": "nothing came"}
        verdicts = look(Facts(NOW, cameras=[quiet, sending]), Rules())
        assert ("camera_down", "gate") in verdicts.well

    def test_a_rule_that_is_off_judges_nobody(self) -> None:
        rules = Rules.model_validate({name: {"enabled": False} for name in Rules.model_fields})
        facts = Facts(NOW, cameras=[CameraFact("door", "Door", 0)], analysing=True, oldest_pending=0)
        verdicts = look(facts, rules)
        assert (verdicts.findings, verdicts.well) == ((), frozenset())


class TestWorkers:
    def facts(self, *workers: WorkerFact, since: int = T0) -> Facts:
        return Facts(NOW, watched_since=since, analysing=True, workers=workers)

    def test_silent_and_dead_ones_are_told_apart_from_living_ones(self) -> None:
        facts = self.facts(worker("a"), worker("b", age=61_000, host="b"), worker("c", lost=True, host="c"))
        assert set(found(facts)) == {"b/b", "c/c"}

    @pytest.mark.parametrize(
        "other",
        [
            worker("one", started=NOW - MINUTE),
            worker("two", started=NOW - MINUTE),
            worker("one", host="elsewhere"),
        ],
        ids=["same name", "same machine", "same name elsewhere"],
    )
    def test_one_that_was_started_anew_is_not_missed(self, other: WorkerFact) -> None:
        dead = worker("one", age=2 * MINUTE, lost=True)
        assert set(found(self.facts(dead))) == {"host/one", WORKERS}
        assert found(self.facts(dead, other)) == {}

    def test_a_neighbour_that_was_there_before_takes_nobodys_place(self) -> None:
        dead = worker("one", age=2 * MINUTE, lost=True)
        assert set(found(self.facts(dead, worker("two")))) == {"host/one"}

    def test_fewer_than_there_should_be(self) -> None:
        rules = Rules(worker_down=WorkerDown(least=2))
        finding = found(self.facts(worker("one")), rules)[WORKERS]
        assert finding.values == {"alive": 1, "least": 2}
        assert finding.severity == "high"
        assert found(self.facts(worker("one"), worker("two")), rules) == {}

    def test_who_has_just_begun_to_watch_waits_for_them(self) -> None:
        fresh = self.facts(since=NOW - 30_000)
        verdicts = look(fresh, Rules())
        assert (verdicts.findings, ("worker_down", WORKERS) in verdicts.well) == ((), False)
        # but what was wrong before stays wrong
        assert set(found(fresh, open_keys={("worker_down", WORKERS)})) == {WORKERS}

    def test_who_analyses_nothing_needs_none(self) -> None:
        assert found(Facts(NOW, workers=[worker(lost=True)])) == {}


class TestPending:
    def test_the_oldest_decides(self) -> None:
        assert found(Facts(NOW, oldest_pending=NOW - 1800_000)) == {}
        assert found(Facts(NOW, oldest_pending=NOW - 1800_001))[ANALYSES].since == NOW - 1800_001
        assert ("pending_too_old", ANALYSES) in look(Facts(NOW), Rules()).well


class TestDisks:
    def disk(self, percent: float) -> Facts:
        return Facts(NOW, disks=[DiskFact("host", "data", int(percent * 100), 10_000, NOW)])

    def test_low_and_lower(self) -> None:
        assert found(self.disk(10.01)) == {}
        low = found(self.disk(10))["host/data"]
        assert (low.severity, low.values["percent"]) == ("high", 10)
        assert found(self.disk(4.9))["host/data"].severity == "critical"

    def test_it_is_well_again_when_somewhat_more_is_free(self) -> None:
        key: Key = ("disk_low", "host/data")
        assert set(found(self.disk(10.9), open_keys={key})) == {"host/data"}
        assert found(self.disk(11.1), open_keys={key}) == {}

    def test_a_disk_without_size_is_full(self) -> None:
        assert set(found(Facts(NOW, disks=[DiskFact("host", "data", 0, 0, NOW)]))) == {"host/data"}
