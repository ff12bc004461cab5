"""How a model is asked: behind a breaker, again when that may help, once more after an answer off schema."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Protocol

import stamina

from ecg.live.analysis.engines.answer import OffSchema, read_answer
from ecg.live.analysis.engines.base import AnswerInvalid, EngineAway, EngineBusy, EngineSlow
from ecg.live.analysis.engines.prompt import Question, Repair
from ecg.live.analysis.result import Finding
from ecg.net.breaker import Breaker, CircuitOpen

PATIENCE_SECONDS = 30.0
"""A longer pause is not waited for here: the job gives its worker back meanwhile."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said, before anybody has looked at it."""

    text: str
    tokens: int
    """Of question and answer, as the server counts them."""


class Model(Protocol):
    """One model behind one API."""

    name: str
    """The engine."""
    model: str

    async def ask(self, question: Question) -> Reply:
        """One exchange. Raises EngineBusy, EngineAway, EngineSlow and EngineRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    summary: str
    findings: list[Finding]
    tokens: int
    repaired: bool


async def ask(
    model: Model, question: Question, breaker: Breaker, *, attempts: int, wait_initial: float = 1.0
) -> Answered:
    """The answer, checked. Raises AnswerInvalid after one repair that failed, and what `Model.ask` raises."""
    reply = await _asked(model, question, breaker, attempts, wait_initial)
    tokens = reply.tokens
    try:
        summary, findings = read_answer(reply.text, question.seconds, model.model)
        return Answered(summary, findings, tokens, repaired=False)
    except OffSchema as fault:
        again = replace(question, repair=Repair(reply.text[:8000], str(fault)))
    reply = await _asked(model, again, breaker, attempts, wait_initial)
    tokens += reply.tokens
    try:
        summary, findings = read_answer(reply.text, question.seconds, model.model)
    except OffSchema as fault:
        raise AnswerInvalid(
            f"{model.model} answered twice what cannot be used: {fault}",
            hint="ask a model that keeps to a JSON schema",
        ) from None
    return Answered(summary, findings, tokens, repaired=True)


async def _asked(
    model: Model, question: Question, breaker: Breaker, attempts: int, wait_initial: float
) -> Reply:
    retries = stamina.retry_context(
        on=_pause_after,
        attempts=attempts,
        timeout=None,
        wait_initial=wait_initial,
        wait_max=20.0,
        wait_jitter=1.0,
    )
    async for attempt in retries:
        with attempt:
            async with breaker.guard():
                return await model.ask(question)
    raise AssertionError  # the last attempt raises


def _pause_after(error: Exception) -> bool | float:
    """Whether to try again at once, or after how many seconds; as the server asks, where it does."""
    if isinstance(error, CircuitOpen) or not isinstance(error, (EngineBusy, EngineAway, EngineSlow)):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= PATIENCE_SECONDS else False


def seconds_until(header: str | None, now: float) -> float | None:
    """A Retry-After header (RFC 9110: seconds, or a date) as seconds; None where it says nothing."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except (ValueError, TypeError):
        return None
