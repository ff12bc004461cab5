"""Alerts and workers as they are answered. Moments are ISO 8601 in UTC."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, Field

from ecg.database import Record
from ecg.jobs.view import moment
from ecg.live.alerts.repository import SEEN
from ecg.live.alerts.rules import Rule
from ecg.live.events import Severity

AlertState = Literal["firing", "recovered", "ended", "seen"]


class AlertDocument(BaseModel):
    """Something that was wrong, from when it was found until it was over."""

    id: str
    rule: Rule
    subject: str = Field(description="Within the rule: a camera, a worker, a disk, an event")
    camera_id: str | None
    severity: Severity
    state: AlertState = Field(description="ended: it is not watched any more; seen: an incident")
    title: str = Field(description="One line in the language of the alert settings")
    details: dict[str, Any] = Field(description="Names and numbers, by rule")
    since: str = Field(description="When it began")
    found_at: str
    over_at: str | None
    notified_at: str | None = Field(description="null: nobody was told (yet)")
    channels: int = Field(description="To how many channels the message went")


class AlertList(BaseModel):
    """A page of alerts, youngest first."""

    alerts: list[AlertDocument]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last")


class WorkerDocument(BaseModel):
    """A worker process that takes analyses, or took them within the last hour."""

    name: str
    host: str
    queues: list[str]
    slots: int = Field(description="Jobs that it carries at the same time")
    busy: int
    alive: bool
    state: Literal["alive", "silent", "lost"] = Field(description="lost: its process was found dead")
    heartbeat_age_seconds: float
    started_at: str


class WorkerList(BaseModel):
    workers: list[WorkerDocument]


def alert_document(row: Record, title: str) -> AlertDocument:
    return AlertDocument.model_validate(
        {
            **{name: getattr(row, name) for name in ("rule", "subject", "camera_id", "severity", "state")},
            "id": row.alert_id,
            "title": title,
            "details": json.loads(row.details),
            "since": moment(row.since),
            "found_at": moment(row.opened_at),
            "over_at": None if row.state == SEEN else moment(row.over_at),
            "notified_at": moment(row.told_at) if row.told_to else None,
            "channels": row.told_to,
        }
    )


def worker_document(row: Record, silent_seconds: float) -> WorkerDocument:
    """`row` as `worker_repository.known` answers it."""
    age = max(0, row.now - row.heartbeat_at) / 1000
    state = "lost" if row.lost_at is not None else "silent" if age > silent_seconds else "alive"
    return WorkerDocument.model_validate(
        {
            **{name: getattr(row, name) for name in ("host", "slots", "busy")},
            "name": row.worker_id,
            "queues": row.queues.split(","),
            "state": state,
            "alive": state == "alive",
            "heartbeat_age_seconds": round(age, 1),
            "started_at": moment(row.started_at),
        }
    )
