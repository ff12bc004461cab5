"""What a model has to answer, and how its answer is held against what can be true.

The schema has no field for a score, nor any for what a model would like to do: there is nothing in it that
text in a picture could talk a model into, except finding nothing or finding too much.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ecg.live.analysis.result import MAX_SUMMARY, MAX_TEXT, Category, Finding, Severity

SLACK_SECONDS = 2.0
"""So far beyond the archive's end a moment may lie; models round."""
MOST = 20
"""Incidents in one answer."""


class AnsweredIncident(BaseModel):
    """Something that somebody should look at. Moments are seconds from the beginning of the recording."""

    model_config = ConfigDict(extra="forbid")

    category: Category
    severity: Severity
    start: float = Field(ge=0)
    end: float = Field(ge=0)
    description: str = Field(min_length=1, max_length=MAX_TEXT)
    confidence: float = Field(ge=0, le=1)


class Answer(BaseModel):
    """What was seen."""

    model_config = ConfigDict(extra="forbid")

    summary: str = Field(min_length=1, max_length=MAX_SUMMARY)
    incidents: list[AnsweredIncident] = Field(max_length=MOST)


class OffSchema(ValueError):
    """Why an answer cannot be used, in words that the model is told."""


def answer_schema() -> dict[str, Any]:
    """JSON schema of Answer with what it refers to in place, as every server understands it."""
    schema = Answer.model_json_schema()
    definitions: dict[str, Any] = schema.pop("$defs")

    def placed(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return placed(definitions[value["$ref"].rsplit("/", 1)[1]])
            return {name: placed(part) for name, part in value.items()}
        return [placed(part) for part in value] if isinstance(value, list) else value

    placed_schema: dict[str, Any] = placed(schema)
    return placed_schema


def read_answer(text: str, seconds: float, model: str) -> tuple[str, list[Finding]]:
    """Summary and findings of an answer about a recording of so many seconds; raises OffSchema."""
    try:
        answer = Answer.model_validate_json(_bare(text))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = "/".join(str(step) for step in fault["loc"]) or "the answer"
        raise OffSchema(f"{where}: {fault['msg']}") from None
    return _plain(answer.summary), [_finding(one, seconds, model) for one in answer.incidents]


def _finding(answered: AnsweredIncident, seconds: float, model: str) -> Finding:
    if answered.end < answered.start:
        raise OffSchema(f"an incident ends at {answered.end:g} s, before it begins at {answered.start:g} s")
    if answered.end > seconds + SLACK_SECONDS or answered.start > seconds:
        raise OffSchema(
            f"an incident lies at {answered.start:g} to {answered.end:g} s; the recording has {seconds:g} s"
        )
    return Finding(
        category=answered.category,
        severity=answered.severity,
        start=answered.start,
        end=min(answered.end, seconds),
        description=_plain(answered.description),
        confidence=answered.confidence,
        method=model[:64],
    )


def _bare(text: str) -> str:
    """Without the fence that some models put around JSON whatever they are told."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```"):
        return text.split("\n", 1)[-1].removesuffix("```")
    return text


def _plain(text: str) -> str:
    """One line without characters that steer terminals, or turn the direction of what follows."""
    visible = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    return " ".join("".join(c for c in visible if unicodedata.category(c) not in ("Cf", "Cs")).split())
