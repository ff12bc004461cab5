"""From an alert to a message: which template, and what it is filled with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ecg.live.alerts.rules import WORKERS
from ecg.messages.rendering import Locale

SEVERITY: Mapping[str, Mapping[str, str]] = {
    "en": {"low": "low", "medium": "medium", "high": "high", "critical": "critical"},
    "ko": {"low": "낮음", "medium": "보통", "high": "높음", "critical": "심각"},
}
CATEGORY: Mapping[str, Mapping[str, str]] = {
    "en": {"fall": "a fall", "medical": "a medical emergency", "unusual": "something unusual"},
    "ko": {
        "camera_black": "화면이 검음",
        "camera_white": "화면이 하얗게 날아감",
        "camera_covered": "카메라 가려짐",
        "camera_moved": "카메라 방향 바뀜",
        "camera_frozen": "화면 멈춤",
        "fall": "넘어짐",
        "medical": "응급 상황",
        "fight": "싸움",
        "weapon": "무기",
        "fire": "화재",
        "smoke": "연기",
        "intrusion": "침입",
        "loitering": "배회",
        "theft": "절도",
        "vandalism": "기물 파손",
        "accident": "사고",
        "crowd": "인파 밀집",
        "unsafe_behaviour": "위험한 행동",
        "unusual": "평소와 다른 상황",
    },
}
"""Categories of the analysis; others are told by their own name, its underscores as spaces."""
PLACE: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "ko": {"data": "데이터", "recordings": "녹화"},
}
NO_REASON = {"en": "nothing was reported", "ko": "보고된 내용 없음"}
MAX_TEXT = 500
"""Characters of a name, a reason or a description: whoever wants to know all of it follows the link."""
MONITORING = "monitoring"
"""The page of the web app that links lead to."""
_UNITS = {"en": ("s", "min", "h", "d"), "ko": ("초", "분", "시간", "일")}
_SIZES = ((1024**4, "TiB"), (1024**3, "GiB"), (1024**2, "MiB"))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it: in which language, by which clock, and where the web app is."""

    locale: Locale
    zone: ZoneInfo
    frontend: str

    def time(self, moment: int) -> str:
        """``2026-11-25 23:05:10 (Asia/Seoul)``."""
        return f"{datetime.fromtimestamp(moment / 1000, self.zone):%Y-%m-%d %H:%M:%S} ({self.zone.key})"

    def length(self, milliseconds: int) -> str:
        """``45 s``, ``2 h 5 min``: the two largest units."""
        seconds = max(0, round(milliseconds / 1000))
        minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
        counts = (seconds % 60, minutes % 60, hours % 24, days)
        space = "" if self.locale == "ko" else " "
        units = _UNITS[self.locale]
        parts = [f"{count}{space}{unit}" for count, unit in zip(counts, units, strict=True) if count]
        return " ".join(parts[::-1][:2]) or f"0{space}{units[0]}"

    def link(self, camera_id: str | None) -> str:
        base = f"{self.frontend.rstrip('/')}/{MONITORING}"
        return base if camera_id is None else f"{base}/{camera_id}"


@dataclass(frozen=True, slots=True)
class Told:
    """An alert as a message needs it. Moments in milliseconds; `over_at` None: it is firing, or was seen."""

    rule: str
    subject: str
    severity: str
    camera_id: str | None
    since: int
    over_at: int | None
    details: Mapping[str, Any]
    more: int = 0
    """Further incidents since the last message."""


def notice(told: Told, reader: Reader) -> tuple[str, dict[str, str]]:
    """Template and values."""
    values = {
        "at": reader.time(told.since),
        "link": reader.link(told.camera_id),
        "severity": SEVERITY[reader.locale].get(told.severity, told.severity),
        **{name: str(value)[:MAX_TEXT] for name, value in told.details.items() if value is not None},
    }
    for name, words in (("category", CATEGORY), ("place", PLACE)):
        if name in values:
            values[name] = words[reader.locale].get(values[name], values[name].replace("_", " "))
    if told.over_at is not None:
        values["over"] = reader.time(told.over_at)
        values["duration"] = reader.length(told.over_at - told.since)
    if told.rule == "camera_down":
        values.setdefault("reason", NO_REASON[reader.locale])
    if told.rule == "disk_low":
        values["free"] = size(int(told.details["free_bytes"]))
    if told.rule == "severe_incident":
        values["more"] = str(told.more)
    return _template(told), values


def _template(told: Told) -> str:
    name = {
        "camera_down": "camera-down",
        "worker_down": "workers-missing" if told.subject == WORKERS else "worker-down",
        "pending_too_old": "analyses-waiting",
        "disk_low": "disk-low",
        "severe_incident": "incident-again" if told.more else "incident",
    }[told.rule]
    return f"alert-{name}-over" if told.over_at is not None else f"alert-{name}"


def size(count: int) -> str:
    """Bytes as people read them."""
    for unit, name in _SIZES:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count // 1024} KiB"
