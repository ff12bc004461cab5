"""Who may begin."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ecg.jobs.execution.admission import RESERVE_MB, Memory, Running, correction, fits, memory, processors

megabytes = st.floats(0, 1e6)
running = st.lists(st.builds(Running, megabytes, megabytes), max_size=5)


class TestFits:
    @given(megabytes, megabytes)
    def test_a_job_alone_always_may(self, needed: float, available: float) -> None:
        assert fits(needed, [], Memory(1e6, available), cores=1)

    @given(megabytes, running.filter(bool), megabytes)
    def test_what_fits_leaves_the_reserve(self, needed: float, jobs: list[Running], available: float) -> None:
        if fits(needed, jobs, Memory(1e6, available), cores=8):
            growth = sum(max(0.0, job.expected_mb - job.present_mb) for job in jobs)
            assert available - growth - needed >= RESERVE_MB - 1e-3

    def test_growth_still_to_come_counts(self) -> None:
        young, grown = Running(500, 50), Running(500, 500)
        assert fits(500, [grown], Memory(4000, 800), cores=2)
        assert not fits(500, [young], Memory(4000, 800), cores=2)

    def test_no_more_jobs_than_cores(self) -> None:
        assert not fits(1, [Running(1, 1)] * 2, Memory(64000, 64000), cores=2)


class TestMemory:
    def test_a_containers_limit_counts(self, tmp_path: Path) -> None:
        (tmp_path / "memory.max").write_text("300000000\n")
        (tmp_path / "memory.current").write_text("200000000\n")
        (tmp_path / "memory.stat").write_text("anon 100\ninactive_file 50000000\n")
        found = memory(tmp_path)
        assert (found.total_mb, found.available_mb) == (300, 150)

    def test_without_a_limit_the_machine_counts(self, tmp_path: Path) -> None:
        (tmp_path / "memory.max").write_text("max\n")
        found = memory(tmp_path)
        assert 0 < found.available_mb <= found.total_mb

    def test_short_is_a_small_share(self) -> None:
        assert Memory(4000, 300).short
        assert not Memory(4000, 330).short


def test_measured_jobs_correct_the_expectation() -> None:
    assert correction([]) == 1
    assert correction([(100, 150)] * 5) == 1.5
    assert correction([(100, 50), (0, 70)]) == 0.5


def test_there_is_a_processor() -> None:
    assert processors() >= 1
