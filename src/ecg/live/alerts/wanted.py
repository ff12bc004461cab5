"""What an organisation wants to be told, and where; kept encrypted, for addresses of webhooks are secrets."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated, Literal

from cryptography.fernet import InvalidToken
from pydantic import BaseModel, ConfigDict, Field

from ecg.database import Database
from ecg.errors import EcgError, InputError
from ecg.live.alerts import repository
from ecg.live.alerts.thresholds import DAY, Rules
from ecg.live.reports.day import LONGEST_NAME, zone_of
from ecg.messages import check_address, check_url, shown_url
from ecg.messages.rendering import Locale
from ecg.sealing import sealer

HIDDEN = "/***"
MOST_CHANNELS = 10
CHANNEL_ID = r"^[A-Za-z0-9_-]{1,32}$"


class SettingsUnreadable(InputError):
    code = "ALERT_SETTINGS_UNREADABLE"


class Channel(BaseModel):
    """A way to people. `to` of webhooks and Slack is answered without its secret part; sent back as it was
    shown, with its id, it stays as it is.
    """

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str | None, Field(pattern=CHANNEL_ID, description="null: a new one")] = None
    kind: Literal["email", "webhook", "slack"]
    to: Annotated[str, Field(min_length=1, max_length=2000, description="An email address, or a URL")]


class Wanted(BaseModel):
    """What the API takes and answers."""

    model_config = ConfigDict(extra="forbid")

    enabled: Annotated[bool, Field(description="Off: alerts are found and kept, and nobody is told")] = True
    locale: Annotated[Locale, Field(description="Of the messages")] = "en"
    time_zone: Annotated[str, Field(max_length=LONGEST_NAME, description="Of the times in messages")] = "UTC"
    cooldown_seconds: Annotated[
        int, Field(ge=0, le=DAY, description="Between two messages about the same thing")
    ] = 600
    channels: Annotated[list[Channel], Field(max_length=MOST_CHANNELS)] = []
    rules: Rules = Rules()


class AlertPreferences:
    """Settings of all tenants; every call is within one. `secret` is `Settings.secret("url_signing")`."""

    def __init__(self, database: Database, secret: str) -> None:
        self.database = database
        self._fernet = sealer(secret, "ecg alert settings")

    async def get(self, tenant_id: str) -> Wanted:
        """With all secrets. The defaults, where nothing was set. Raises SettingsUnreadable."""
        async with self.database.read() as connection:
            row = await repository.settings_of(connection, tenant_id)
        return self.opened(None if row is None else row.sealed)

    def opened(self, sealed: str | None) -> Wanted:
        """What a row of the table says; None: there is none. Raises SettingsUnreadable."""
        if sealed is None:
            return Wanted()
        try:
            return Wanted.model_validate_json(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise SettingsUnreadable(
                "the settings of alerts cannot be decrypted",
                hint="URL_SIGNING_SECRET has to stay the same; else enter them again",
            ) from None

    async def put(self, tenant_id: str, wanted: Wanted) -> Wanted:
        """Keep them; answers what was kept. Raises UnknownTimeZone, InvalidMessage and ForbiddenUrl."""
        zone_of(wanted.time_zone, where="/time_zone")
        before: Sequence[Channel] = ()
        if any(channel.to.endswith(HIDDEN) for channel in wanted.channels):
            before = (await self.get(tenant_id)).channels
        channels = [_checked(channel, place, before) for place, channel in enumerate(wanted.channels)]
        if len({channel.id for channel in channels}) < len(channels):
            raise InputError("two channels have the same id", where="/channels")
        kept = wanted.model_copy(update={"channels": channels})
        sealed = self._fernet.encrypt(kept.model_dump_json().encode()).decode()
        async with self.database.write() as connection:
            await repository.keep_settings(connection, tenant_id, sealed)
        return kept


def shown(wanted: Wanted) -> Wanted:
    """The same without secrets."""
    channels = [channel.model_copy(update={"to": _shown(channel)}) for channel in wanted.channels]
    return wanted.model_copy(update={"channels": channels})


def _shown(channel: Channel) -> str:
    return channel.to if channel.kind == "email" else shown_url(channel.to) + HIDDEN


def _checked(channel: Channel, place: int, before: Sequence[Channel]) -> Channel:
    """A channel that can be written to; one that was sent as it was shown is the one that it was."""
    for known in before:
        if (known.id, known.kind, _shown(known)) == (channel.id, channel.kind, channel.to):
            return known
    where = f"/channels/{place}/to"
    if channel.kind != "email" and channel.to.endswith(HIDDEN):
        raise InputError("this channel is not known here", where=where, hint="enter its whole URL again")
    try:
        to = check_address(channel.to) if channel.kind == "email" else check_url(channel.to)
    except EcgError as error:
        raise type(error)(error.message, where=where, hint=error.hint) from None
    return Channel(id=channel.id or secrets.token_hex(6), kind=channel.kind, to=to)
