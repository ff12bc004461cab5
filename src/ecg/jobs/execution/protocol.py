"""What a slot and its executor say to each other: one JSON object a line, typed here and nowhere else.

Commands go down the executor's standard input, answers come back on what was its standard output. A payload
travels as the JSON text that the row holds, so that the worker's event loop never parses megabytes of it.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from ecg.errors import EcgError

MOST_BYTES = 12 * 1024**2
"""Of one answer. A result ends in a database row, and MariaDB takes 16 MiB at a time by default."""


class AnswerTooLarge(EcgError):
    code = "RESULT_TOO_LARGE"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class RunOrder(_Message):
    """One attempt of one job."""

    kind: str
    payload: str
    """JSON text of the kind's payload type."""
    tenant_id: str
    job_id: str
    attempt: int = 1
    request_id: str | None = None


class Run(_Message):
    type: Literal["run"] = "run"
    order: RunOrder
    folder: str
    """The job's empty work folder."""


class Cancel(_Message):
    type: Literal["cancel"] = "cancel"


class Memory(_Message):
    type: Literal["memory"] = "memory"
    short: bool


class Exit(_Message):
    type: Literal["exit"] = "exit"


class Ready(_Message):
    type: Literal["ready"] = "ready"
    pid: int


class Progress(_Message):
    type: Literal["progress"] = "progress"
    percent: float = Field(ge=0, le=100)
    stage: str
    message: str | None = None
    details: dict[str, JsonValue] | None = None


class Measure(_Message):
    """What the job learnt of itself; None says nothing."""

    type: Literal["measure"] = "measure"
    work: float | None = None
    deadline_seconds: float | None = None
    memory_mb: float | None = None


class Done(_Message):
    type: Literal["done"] = "done"
    result: dict[str, Any]


class Failed(_Message):
    """The job's function raised; `code` is stable, `retryable` says whether another attempt may succeed."""

    type: Literal["failed"] = "failed"
    code: str
    message: str
    where: str | None = None
    hint: str | None = None
    retryable: bool = False


class Waiting(_Message):
    """The job's function wants to be run again later."""

    type: Literal["waiting"] = "waiting"
    seconds: float = Field(ge=0)


Command = Run | Cancel | Memory | Exit
Answer = Ready | Progress | Measure | Done | Failed | Waiting

_commands: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])
_answers: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="type")])


def encode(message: Command | Answer) -> bytes:
    """The line that says it; JSON escapes every line break inside. Halves of characters, as in names of files
    that are not UTF-8, become question marks."""
    try:
        text = message.model_dump_json()
    except ValueError:
        text = json.dumps(message.model_dump(), ensure_ascii=False)
    return text.encode("utf-8", "replace") + b"\n"


def decode_command(line: bytes) -> Command:
    return _commands.validate_json(line)


def decode_answer(line: bytes) -> Answer:
    return _answers.validate_json(line)
