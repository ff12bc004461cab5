"""The delivery log over HTTP."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from ecg.database import Record
from ecg.jobs.view import moment


class MessageDocument(BaseModel):
    """A line of the delivery log. Moments are ISO 8601 in UTC."""

    message_id: str
    tenant_id: str
    channel: str
    recipient: str = Field(description="An email address, or the host of a URL")
    template: str
    locale: str
    state: Literal["pending", "sent", "failed"]
    attempts: int
    error_code: str | None = Field(description="Of the last attempt")
    error_message: str | None
    created_at: str | None
    tried_at: str | None
    sent_at: str | None


class MessageLog(BaseModel):
    """A page of the log, youngest first."""

    messages: list[MessageDocument]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last")


def message_document(row: Record) -> MessageDocument:
    return MessageDocument(
        message_id=row.message_id,
        tenant_id=row.tenant_id,
        channel=row.channel,
        recipient=row.recipient,
        template=row.template,
        locale=row.locale,
        state=row.state,
        attempts=row.attempts,
        error_code=row.error_code,
        error_message=row.error_message,
        created_at=moment(row.created_at),
        tried_at=moment(row.tried_at),
        sent_at=moment(row.sent_at),
    )
