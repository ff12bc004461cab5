"""A day as a place on earth has it: 23, 24 or 25 hours, where clocks are changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecg.errors import InputError
from ecg.live.reports.spans import Span

LONGEST_NAME = 64


class UnknownTimeZone(InputError):
    code = "UNKNOWN_TIME_ZONE"


@dataclass(frozen=True, slots=True)
class Day:
    """One date in one time zone."""

    date: date
    zone: ZoneInfo
    span: Span

    def hour(self, moment: int) -> int:
        """The hour of the clock on the wall, 0 to 23, at a moment in milliseconds since 1970."""
        return datetime.fromtimestamp(moment / 1000, self.zone).hour

    def clock(self, moment: int) -> str:
        """The clock on the wall, as ``09:05``."""
        return datetime.fromtimestamp(moment / 1000, self.zone).strftime("%H:%M")

    def elapsed(self, now: int) -> Span:
        """The part of the day that is over at a moment; empty for days to come."""
        return Span(self.span.start, min(max(now, self.span.start), self.span.end))


def zone_of(name: str, *, where: str = "query tz") -> ZoneInfo:
    """The zone of a name of the IANA database (Asia/Seoul). Raises UnknownTimeZone, which says `where`."""
    try:
        if len(name) > LONGEST_NAME:
            raise ValueError
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone(
            f"there is no time zone {name[:LONGEST_NAME]!r}",
            where=where,
            hint="a name of the IANA database, such as Asia/Seoul",
        ) from None


def day_of(day: date | None, zone: ZoneInfo, now: int) -> Day:
    """That date in the zone, or the one that it is there now. Raises InputError where the calendar ends."""
    chosen = day or datetime.fromtimestamp(now / 1000, zone).date()
    try:
        start = _midnight(chosen, zone)
        end = _midnight(chosen + timedelta(days=1), zone)
    except (OverflowError, ValueError):
        raise InputError(f"there is no report of {chosen}", where="query date") from None
    return Day(chosen, zone, Span(start, end))


def _midnight(day: date, zone: ZoneInfo) -> int:
    """The first moment of a date; where a change of clocks skips midnight, the moment of the change."""
    moment = datetime.combine(day, time.min, zone).astimezone(UTC)
    return int(moment.timestamp() * 1000)
