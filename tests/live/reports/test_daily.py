"""The report of a day, from facts that can be counted by hand."""

from __future__ import annotations

from datetime import date

import pytest

from ecg.live.archives.timeline import OFF, Stretch
from ecg.live.events import Severity
from ecg.live.reports.daily import DailyReport, daily_report
from ecg.live.reports.day import day_of, zone_of
from ecg.live.reports.facts import Analysed, Facts, Incident
from ecg.live.reports.spans import Span
from ecg.live.reports.summary import summarise
from tests.live.place import HOUR, MINUTE, T0

TEN = 10 * MINUTE


def seen(at: int, severity: Severity = "high", category: str = "fall", confidence: float = 0.5) -> Incident:
    return Incident(severity, category, Span(at, at + 3000), "somebody fell", confidence, "posture")


def report(facts: Facts, *, now: int = T0 + 48 * HOUR, tz: str = "UTC") -> DailyReport:
    return daily_report(facts, day_of(date(2026, 3, 10), zone_of(tz), now), now)


def test_scores_count_by_time() -> None:
    long, short = Span(T0, T0 + 3 * TEN), Span(T0 + 3 * TEN, T0 + 4 * TEN)
    found = report(Facts(analysed=[Analysed(short, 20, "local"), Analysed(long, 100, "local")]))
    assert found.score_mean == 80
    assert [(point.at, point.score) for point in found.score_curve] == [(T0, 100), (short.start, 20)]
    assert found.score_lowest is not None
    assert found.score_lowest.score == 20


def test_an_archive_over_midnight_counts_on_both_days_by_what_lies_there() -> None:
    over = Analysed(Span(T0 - TEN, T0 + TEN), 50, "local", [seen(T0 - 1000), seen(T0 + 1000)])
    full = Analysed(Span(T0 + TEN, T0 + 2 * TEN), 100, "local")
    found = report(Facts(analysed=[over, full]))
    assert found.score_mean == 75
    assert found.score_curve[0].at == T0
    assert [incident.span.start for incident in found.worst] == [T0 + 1000]


def test_incidents_by_kind_and_by_the_hour_on_the_wall() -> None:
    incidents = [seen(T0 + HOUR), seen(T0 + HOUR, "low", "crowd"), seen(T0 + 5 * HOUR, "critical")]
    archive = Analysed(Span(T0, T0 + 6 * HOUR), 10, "local", incidents)
    found = report(Facts(analysed=[archive]))
    assert found.by_severity == {"low": 1, "medium": 0, "high": 1, "critical": 1}
    assert list(found.by_category.items()) == [("fall", 2), ("crowd", 1)]
    assert found.by_hour[1] == 2
    assert found.by_hour[5] == 1
    assert sum(found.by_hour) == found.incidents == 3
    in_seoul = report(Facts(analysed=[archive]), tz="Asia/Seoul")
    assert (in_seoul.by_hour[10], in_seoul.by_hour[14]) == (2, 1)


def test_the_worst_come_first_and_sure_ones_before_doubtful_ones() -> None:
    incidents = [
        seen(T0, "high", confidence=0.4),
        seen(T0 + 1, "high", confidence=0.9),
        seen(T0 + 2, "critical", confidence=0.1),
        *(seen(T0 + 100 + number, "low") for number in range(20)),
    ]
    found = report(Facts(analysed=[Analysed(Span(T0, T0 + TEN), 10, "local", incidents)]))
    assert [incident.span.start - T0 for incident in found.worst[:4]] == [2, 1, 0, 100]
    assert len(found.worst) == 10


def test_coverage_is_of_the_part_of_the_day_that_is_over() -> None:
    facts = Facts(
        recorded=[Span(T0, T0 + HOUR), Span(T0 + 2 * HOUR, T0 + 9 * HOUR)],
        analysed=[Analysed(Span(T0, T0 + HOUR), 100, "local")],
        outages=[
            Stretch(T0 + HOUR - 5000, T0 + HOUR + 1000, "stall"),
            Stretch(T0 + HOUR, T0 + 2 * HOUR, "failed"),
        ],
    )
    found = report(facts, now=T0 + 4 * HOUR).coverage
    assert (found.recorded_seconds, found.analysed_seconds) == (3 * 3600, 3600)
    assert (found.recorded_ratio, found.analysed_ratio) == (0.75, 0.25)
    assert found.gaps == (Stretch(T0 + HOUR, T0 + 2 * HOUR, "failed"),)


def test_the_seam_of_two_archives_is_no_gap_and_what_nothing_explains_was_off() -> None:
    recorded = [Span(T0, T0 + TEN), Span(T0 + TEN + 400, T0 + 2 * TEN), Span(T0 + 3 * TEN, T0 + 24 * HOUR)]
    found = report(Facts(recorded=recorded)).coverage
    assert found.gaps == (Stretch(T0 + 2 * TEN, T0 + 3 * TEN, OFF),)
    assert found.recorded_seconds == 24 * 3600 - 600


def test_a_day_without_anything_claims_nothing() -> None:
    found = report(Facts())
    assert (found.score_mean, found.score_lowest, found.score_curve, found.incidents) == (None, None, (), 0)
    assert found.coverage.recorded_ratio == 0
    assert found.coverage.gaps == (Stretch(T0, T0 + 24 * HOUR, OFF),)
    tomorrow = report(Facts(), now=T0 - HOUR)
    assert (tomorrow.coverage.recorded_ratio, tomorrow.coverage.gaps) == (None, ())


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en",
            ("99%", "4%", "mean safety score is 60", "09:05", "Incidents: 2, of which 1 high or critical"),
        ),
        ("ko", ("99%", "4%", "60점", "09:05", "2건", "1건")),
    ],
)
def test_the_summary_says_the_reports_figures(locale: str, words: tuple[str, ...]) -> None:
    start = T0 + 5 * MINUTE
    archive = Analysed(Span(start, start + HOUR), 60, "local", [seen(start), seen(start, "low", "crowd")])
    recorded = [Span(T0 - 9 * HOUR, T0 + 15 * HOUR - 5000)]
    found = report(Facts(recorded=recorded, analysed=[archive]), tz="Asia/Seoul")
    said = summarise(found, "ko" if locale == "ko" else "en")
    assert all(word in said for word in words), said


def test_the_summary_of_an_empty_day_is_one_sentence() -> None:
    assert summarise(report(Facts()), "en") == "Nothing was recorded on this day."
    only = report(Facts(recorded=[Span(T0, T0 + HOUR)]))
    assert summarise(only, "en") == "4% of the day was recorded and 0% analysed."
