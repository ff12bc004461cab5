"""When a tenant wants to be told: the rules' settings, as the API takes and answers them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ecg.live.events import Severity

DAY = 24 * 3600


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")

    enabled: bool = True


class CameraDown(_Rule):
    seconds: Annotated[int, Field(ge=10, le=DAY, description="No picture for so long")] = 60


class WorkerDown(_Rule):
    seconds: Annotated[int, Field(ge=10, le=3000, description="A worker is silent for so long")] = 60
    least: Annotated[int, Field(ge=0, le=1000, description="Workers that should be alive at any time")] = 1


class PendingTooOld(_Rule):
    seconds: Annotated[int, Field(ge=60, le=7 * DAY, description="A recording waits for so long")] = 1800


class DiskLow(_Rule):
    percent: Annotated[float, Field(ge=0.1, le=90, description="So much of a disk is free, or less")] = 10


class SevereIncident(_Rule):
    severity: Annotated[Severity, Field(description="As bad as this, or worse")] = "high"


class Rules(BaseModel):
    """What is watched, and where the limits are."""

    model_config = ConfigDict(extra="forbid")

    camera_down: CameraDown = CameraDown()
    worker_down: WorkerDown = WorkerDown()
    pending_too_old: PendingTooOld = PendingTooOld()
    disk_low: DiskLow = DiskLow()
    severe_incident: SevereIncident = SevereIncident()
