"""The kind of job that sends a message."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel

from ecg.jobs.kinds import JobContext, Retry, job_kind
from ecg.settings import load_settings

MESSAGE = "message"
QUEUE = "messages"
RETRY = Retry(attempts=9, pauses=(2, 10, 60, 300, 900, 1800, 3600, 7200))
"""Four hours: what people wait for is of no use later."""


class MessagePayload(BaseModel):
    """Nothing but the id: a job's payload is kept, and what a message says is not."""

    message_id: str


class MessageResult(BaseModel):
    state: str


@job_kind(MESSAGE, queue=QUEUE, deadline=lambda _payload: 60, retry=RETRY)
def message(job: JobContext, payload: MessagePayload) -> MessageResult:
    """Send one message, and keep in the log what became of it."""
    from ecg.messages.delivery import deliver

    last = job.attempt >= RETRY.attempts
    state = asyncio.run(deliver(load_settings(), job.tenant_id, payload.message_id, last=last))
    return MessageResult(state=state)
