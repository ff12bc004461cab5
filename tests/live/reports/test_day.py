"""A day is what it is where the camera hangs."""

from __future__ import annotations

from datetime import date

import pytest

from ecg.errors import InputError
from ecg.live.reports.day import UnknownTimeZone, day_of, zone_of
from tests.live.place import HOUR, MINUTE, T0


def test_seouls_day_begins_nine_hours_before_utcs() -> None:
    seoul = day_of(date(2026, 3, 10), zone_of("Asia/Seoul"), T0)
    utc = day_of(date(2026, 3, 10), zone_of("UTC"), T0)
    assert utc.span.start == T0
    assert seoul.span.start == T0 - 9 * HOUR
    assert seoul.hour(T0) == 9
    assert seoul.clock(T0 + 5 * MINUTE) == "09:05"


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight itself is skipped
        ("Asia/Kathmandu", date(2026, 3, 29), 24),
    ],
)
def test_days_have_as_many_hours_as_clocks_give_them(name: str, day: date, hours: int) -> None:
    found = day_of(day, zone_of(name), T0)
    assert found.span.end - found.span.start == hours * HOUR


def test_without_a_date_it_is_the_day_that_it_is_there() -> None:
    late = T0 + 16 * HOUR  # one in the morning of the next day in Seoul
    assert day_of(None, zone_of("UTC"), late).date == date(2026, 3, 10)
    assert day_of(None, zone_of("Asia/Seoul"), late).date == date(2026, 3, 11)


def test_only_what_is_over_has_elapsed() -> None:
    day = day_of(date(2026, 3, 10), zone_of("UTC"), T0)
    assert day.elapsed(T0 + HOUR).seconds == 3600
    assert day.elapsed(T0 - HOUR).seconds == 0
    assert day.elapsed(T0 + 99 * HOUR) == day.span


@pytest.mark.parametrize("name", ["", "Mars", "../../etc/passwd", "/etc/localtime", "Asia", "\0", "x" * 999])
def test_what_is_no_time_zone_is_said_so(name: str) -> None:
    with pytest.raises(UnknownTimeZone):
        zone_of(name)


@pytest.mark.parametrize(("day", "zone"), [(date.max, "UTC"), (date.min, "Asia/Seoul")])
def test_the_calendar_ends(day: date, zone: str) -> None:
    with pytest.raises(InputError):
        day_of(day, zone_of(zone), T0)
