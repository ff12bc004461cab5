"""Every message in both languages, with the figures that it is about."""

from __future__ import annotations

from typing import Any

import pytest

from ecg.live.alerts.notices import Reader, Told, notice, size
from ecg.live.alerts.rules import ANALYSES, WORKERS
from ecg.live.analysis.result import Category
from ecg.live.reports.day import zone_of
from ecg.messages.rendering import Locale, Rendered, render, usable_values
from tests.live.place import HOUR, MINUTE, T0

CAMERA = {"camera": "Front door", "reason": "nothing came"}
DISK = {"host": "live-1", "place": "data", "percent": 7.5, "free_bytes": 5 * 1024**3}
SEEN = {"camera": "Front door", "category": "fall", "description": "somebody fell"}
ALERTS: list[tuple[str, str, dict[str, Any]]] = [
    ("camera_down", "door", CAMERA),
    ("camera_down", "door", {"camera": "Front door", "reason": None}),
    ("worker_down", "host/one", {"worker": "one", "host": "host"}),
    ("worker_down", WORKERS, {"alive": 1, "least": 2}),
    ("pending_too_old", ANALYSES, {}),
    ("disk_low", "live-1/data", DISK),
]


def reader(locale: Locale, zone: str = "Asia/Seoul") -> Reader:
    return Reader(locale, zone_of(zone), "https://ecg.example/")


def told(rule: str, subject: str, details: dict[str, Any], **more: Any) -> Told:
    values: dict[str, Any] = {
        "severity": "high",
        "camera_id": None,
        "since": T0,
        "over_at": None,
        "details": details,
        **more,
    }
    return Told(rule, subject, **values)


def rendered(alert: Told, locale: Locale) -> Rendered:
    template, values = notice(alert, reader(locale))
    return render(template, locale, usable_values(template, locale, values))


@pytest.mark.parametrize("locale", ["en", "ko"])
@pytest.mark.parametrize("over", [None, T0 + 2 * HOUR + 5 * MINUTE])
@pytest.mark.parametrize(("rule", "subject", "details"), ALERTS)
def test_trouble_and_its_end_can_be_told(
    locale: Locale, over: int | None, rule: str, subject: str, details: dict[str, Any]
) -> None:
    said = rendered(told(rule, subject, details, over_at=over), locale)
    assert "https://ecg.example/monitoring" in said.text
    assert "None" not in said.subject + said.text
    if over is not None and rule != "disk_low":
        assert {"en": "2 h 5 min", "ko": "2시간 5분"}[locale] in said.text


def test_a_camera_is_told_with_place_time_and_reason() -> None:
    said = rendered(told("camera_down", "door", CAMERA, camera_id="door"), "en")
    assert said.subject == "Camera Front door is down"
    assert "2026-03-10 09:00:00 (Asia/Seoul)" in said.text
    assert "nothing came" in said.text
    assert "https://ecg.example/monitoring/door" in said.text


def test_a_disk_is_told_with_what_is_left() -> None:
    said = rendered(told("disk_low", "live-1/data", DISK), "ko")
    assert "live-1" in said.subject
    assert "5.0 GiB (7.5 %)" in said.text


def test_incidents_of_one_camera_are_one_message() -> None:
    one = rendered(told("severe_incident", "evt-1", SEEN, camera_id="door"), "en")
    assert one.subject == "Front door: a fall (high)"
    more = rendered(told("severe_incident", "evt-1", SEEN, camera_id="door", more=3), "ko")
    assert more.subject == "Front door: 넘어짐 (심각도 높음) 외 3건"


@pytest.mark.parametrize("category", list(Category))
def test_every_category_has_a_korean_name(category: Category) -> None:
    said = rendered(told("severe_incident", "evt-1", {**SEEN, "category": category.value}), "ko")
    assert not any(char in said.subject.removeprefix("Front door") for char in "abcdefghijklmnopqrstuvwxyz_")


def test_what_was_seen_in_the_picture_stays_text() -> None:
    details = {**SEEN, "description": "a sign says\r\nBcc: all@example.com <b>$link</b>"}
    said = rendered(told("severe_incident", "evt-1", details), "en")
    assert "a sign says Bcc: all@example.com <b>$link</b>" in said.text
    assert "<b>" not in said.html


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_a_reason_may_be_as_long_as_it_likes(locale: Locale) -> None:
    said = rendered(told("camera_down", "door", {"camera": "x" * 200, "reason": "y" * 10_000}), locale)
    assert 500 <= len(said.text) < 1500


@pytest.mark.parametrize(
    ("milliseconds", "english", "korean"),
    [
        (0, "0 s", "0초"),
        (45_400, "45 s", "45초"),
        (60_000, "1 min", "1분"),
        (2 * HOUR + 5 * MINUTE + 9000, "2 h 5 min", "2시간 5분"),
        (50 * HOUR, "2 d 2 h", "2일 2시간"),
        (-5, "0 s", "0초"),
    ],
)
def test_lengths_are_read_as_people_say_them(milliseconds: int, english: str, korean: str) -> None:
    assert reader("en").length(milliseconds) == english
    assert reader("ko").length(milliseconds) == korean


def test_sizes() -> None:
    assert [size(1024**4), size(1536 * 1024**2), size(5 * 1024**2), size(2048)] == [
        "1.0 TiB",
        "1.5 GiB",
        "5.0 MiB",
        "2 KiB",
    ]
