"""What features do with messages: send one, and look what became of it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from ecg.database import Record
from ecg.errors import InputError, NotFound
from ecg.jobs.service import Jobs
from ecg.messages import repository
from ecg.messages.channels import SENDERS, check_address, check_url, shown_url
from ecg.messages.rendering import InvalidMessage, locale_of, usable_values
from ecg.messages.repository import NewMessage
from ecg.messages.schemas import MessageDocument, MessageLog, message_document
from ecg.messages.sealing import Contents, Seal
from ecg.messages.tasks import MESSAGE, MessagePayload
from ecg.settings import Settings


@dataclass(frozen=True, slots=True)
class Accepted:
    """`created` is False when this message had been accepted before: it is sent once."""

    message_id: str
    created: bool


class Messages:
    """Messages of all tenants on one spine."""

    def __init__(self, jobs: Jobs, settings: Settings) -> None:
        self.jobs = jobs
        self.database = jobs.database
        self._seal = Seal(settings.secret("url_signing"))

    async def send(
        self,
        *,
        tenant_id: str,
        channel: str,
        to: str = "",
        template: str,
        locale: str = "en",
        values: Mapping[str, object],
        dedupe_key: str | None = None,
    ) -> Accepted:
        """Accept a message; a worker sends it, and tries again for hours where that may help.

        `channel` is email, webhook or slack (`to` is an address or a URL), or log, which needs no `to`.
        `locale` is any language tag. Of `values` those are kept that the template needs, encrypted, until the
        message is sent or given up. The same `dedupe_key` within a tenant is the same message as long as the
        log remembers it, whatever its values. Raises UnknownTemplate, InvalidMessage and ForbiddenUrl, with a
        JSON pointer.
        """
        language = locale_of(locale)
        usable = usable_values(template, language, values)
        to, recipient = _recipient(channel, to)
        message = NewMessage(
            tenant_id=tenant_id,
            message_id=_message_id(tenant_id, dedupe_key),
            channel=channel,
            recipient=recipient,
            template=template,
            locale=language,
            sealed=self._seal.close(Contents(to, usable)),
        )
        try:
            await repository.add(self.database, message)
            created = True
        except IntegrityError:
            created = False
        # also for a repeated one: whoever accepted it may have died before it came so far
        await self.submit(tenant_id, message.message_id)
        return Accepted(message.message_id, created)

    async def submit(self, tenant_id: str, message_id: str) -> None:
        """Register the job of a message; as often as you like."""
        payload = MessagePayload(message_id=message_id)
        await self.jobs.submit(MESSAGE, payload, tenant_id=tenant_id, job_id=message_id)

    async def get(self, tenant_id: str, message_id: str) -> MessageDocument:
        """What became of a message. Raises NotFound."""
        async with self.database.read() as connection:
            row: Record | None = await repository.find(connection, tenant_id, message_id)
        if row is None:
            raise NotFound(f"there is no message {message_id!r}", where="message_id")
        return message_document(row)

    async def log(
        self,
        *,
        tenant_id: str | None,
        state: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> MessageLog:
        """The delivery log, youngest first; of all tenants (None) for administrators."""
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise InputError("the cursor is not one of ours", where="cursor")
        before = int(cursor) if cursor is not None else None
        async with self.database.read() as connection:
            rows = await repository.page(
                connection, tenant_id=tenant_id, state=state, before=before, limit=limit + 1
            )
        shown = rows[:limit]
        following = str(shown[-1].serial) if len(rows) > limit else None
        return MessageLog(messages=[message_document(row) for row in shown], next_cursor=following)


def _message_id(tenant_id: str, dedupe_key: str | None) -> str:
    if dedupe_key is None:
        return f"msg-{secrets.token_hex(20)}"
    digest = hashlib.sha256(f"{tenant_id}\n{dedupe_key}".encode()).hexdigest()
    return f"msg-{digest[:40]}"


def _recipient(channel: str, to: str) -> tuple[str, str]:
    """Where the message goes, and what the log tells of it."""
    if channel == "email":
        address = check_address(to)
        return address, address
    if channel in ("webhook", "slack"):
        return check_url(to), shown_url(to)[:320]
    if channel == "log":
        return "the operator", "the operator"
    raise InvalidMessage(
        f"there is no channel {channel!r}", where="/channel", hint=f"known: {', '.join(SENDERS)}"
    )
