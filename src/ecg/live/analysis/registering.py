"""What the recording process asks of analysis: an INSERT for a closed archive, one for a camera it takes on.

It calls `register` and `register_quick_look`, and has nothing more to do with analysis. The ids of jobs
follow from what they are about, so whatever is registered twice is one job; the payload of an archive says
what the operators' view `analysis_jobs` shows of it, so that listing jobs needs no other table.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from ecg.database import Record
from ecg.jobs.service import Jobs, Submitted

KIND = "archive_analysis"
QUICK_LOOK = "quick_look"
QUEUE = "analysis"


class ArchivePayload(BaseModel):
    """An archive as a worker is told of it; where its bytes are, the worker asks when it begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    camera_id: str = Field(min_length=1, max_length=64)
    archive_id: str = Field(min_length=1, max_length=64)
    video_path: str = Field(min_length=1, max_length=255)
    """The archive's file name; never a path on somebody's disk."""
    segment_start: int = Field(ge=0)
    """Milliseconds since 1970."""
    segment_end: int = Field(ge=0)


def analysis_job_id(camera_id: str, archive_id: str) -> str:
    """The job's id; those of one camera lie side by side in the index of ids."""
    return f"{job_prefix(camera_id)}{archive_id}"


def job_prefix(camera_id: str) -> str:
    """How ids of all analysis jobs of a camera begin."""
    return f"archive.{camera_id}."


async def register(jobs: Jobs, tenant_id: str, archive: ArchivePayload) -> Submitted:
    """Have an archive analysed; the same archive again is the same job. Raises what `Jobs.submit` raises."""
    return await jobs.submit(
        KIND,
        archive,
        tenant_id=tenant_id,
        job_id=analysis_job_id(archive.camera_id, archive.archive_id),
        work=(archive.segment_end - archive.segment_start) / 1000,
    )


class QuickLookPayload(BaseModel):
    """A camera as one recording process holds it; when that changes, the looks end by themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    camera_id: str = Field(min_length=1, max_length=64)
    boot_id: str = Field(min_length=1, max_length=32)
    revision: int


async def register_quick_look(jobs: Jobs, camera: Record) -> Submitted:
    """Have snapshots looked at now and then, while this claim and these settings of the camera last.

    `camera` is its row, claimed by this process. Called again for the same, it is the same job. Raises what
    `Jobs.submit` raises.
    """
    payload = QuickLookPayload(camera_id=camera.camera_id, boot_id=camera.boot_id, revision=camera.revision)
    job_id = f"quick-look.{camera.camera_id}.{camera.boot_id}.{camera.revision}"
    return await jobs.submit(QUICK_LOOK, payload, tenant_id=camera.tenant_id, job_id=job_id)
