"""Settings of alerts: kept sealed, shown without secrets, refused with a place; on each database."""

from __future__ import annotations

import pytest

from ecg.errors import ForbiddenUrl, InputError
from ecg.live.alerts.wanted import AlertPreferences, Channel, SettingsUnreadable, Wanted, shown
from ecg.live.reports.day import UnknownTimeZone
from ecg.messages import InvalidMessage
from tests.live.place import rows
from tests.messages.office import in_loop

SLACK = "https://hooks.slack.example/services/T0/B0/S3CRET"


def wanted(*channels: Channel, **more: object) -> Wanted:
    return Wanted(channels=list(channels), **more)


@in_loop
async def test_defaults_until_something_is_set(database_url: str) -> None:
    async with rows(database_url) as here:
        preferences = AlertPreferences(here.database, "secret")
        assert await preferences.get("tenant") == Wanted()
        kept = await preferences.put("tenant", wanted(Channel(kind="slack", to=SLACK), locale="ko"))
        assert await preferences.get("tenant") == kept
        assert await preferences.get("other") == Wanted()
        assert await preferences.put("tenant", Wanted()) == Wanted()
        assert await preferences.get("tenant") == Wanted()


@in_loop
async def test_secrets_are_neither_kept_nor_shown(database_url: str) -> None:
    async with rows(database_url) as here:
        preferences = AlertPreferences(here.database, "secret")
        kept = await preferences.put("tenant", wanted(Channel(kind="slack", to=SLACK)))
        assert "S3CRET" not in str(await here.all("SELECT * FROM alert_settings"))
        seen = shown(kept)
        assert seen.channels[0].to == "https://hooks.slack.example/***"
        # sent back as it was shown, it stays as it is
        again = await preferences.put("tenant", seen.model_copy(update={"locale": "ko"}))
        assert again.channels[0].to == SLACK
        # under another id, or by another organisation, it means nothing
        for who, channel in (
            ("tenant", Channel(id="x", kind="slack", to=seen.channels[0].to)),
            ("tenant", Channel(id=seen.channels[0].id, kind="webhook", to=seen.channels[0].to)),
            ("other", seen.channels[0]),
        ):
            with pytest.raises(InputError, match="not known here"):
                await preferences.put(who, wanted(channel))
        with pytest.raises(SettingsUnreadable):
            await AlertPreferences(here.database, "another secret").get("tenant")


@in_loop
async def test_what_cannot_be_written_to_is_refused_with_its_place(database_url: str) -> None:
    async with rows(database_url) as here:
        preferences = AlertPreferences(here.database, "secret")
        good = Channel(kind="email", to="kim@example.com")
        for error, bad in (
            (InvalidMessage, Channel(kind="email", to="nobody")),
            (ForbiddenUrl, Channel(kind="webhook", to="file:///etc/passwd")),
            (ForbiddenUrl, Channel(kind="slack", to="https://user:word@hooks.example/")),
        ):
            with pytest.raises(error) as refused:
                await preferences.put("tenant", wanted(good, bad))
            assert refused.value.where == "/channels/1/to"
        with pytest.raises(InputError, match="same id"):
            await preferences.put("tenant", wanted(*(Channel(id="a", kind="email", to="a@b.example"),) * 2))
        with pytest.raises(UnknownTimeZone):
            await preferences.put("tenant", wanted(good, time_zone="Mars"))
        assert await preferences.get("tenant") == Wanted()
