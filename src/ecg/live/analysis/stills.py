"""Pictures of incidents, for people: kept in the object store under keys that follow from the archive."""

from __future__ import annotations

from collections.abc import Sequence

from ecg.jobs.kinds import JobContext
from ecg.live.analysis.engines.model import jpeg
from ecg.live.analysis.result import Finding
from ecg.live.analysis.vision.footage import Footage, Image
from ecg.store import ObjectStore
from ecg.store.keys import safe_segment

WIDTH = 960
QUALITY = 82


def still_key(tenant_id: str, camera_id: str, name: str) -> str:
    """Where a still of this name is; all stills of a camera lie side by side."""
    return f"{stills_prefix(tenant_id, camera_id)}{name}.jpg"


def stills_prefix(tenant_id: str, camera_id: str) -> str:
    return f"stills/{safe_segment(tenant_id)}/{safe_segment(camera_id)}/"


def keep_stills(
    job: JobContext, store: ObjectStore, footage: Footage, findings: Sequence[Finding], keys: Sequence[str]
) -> None:
    """Keep a picture from the middle of each finding under its key."""
    pictures = footage.stills([(finding.start + finding.end) / 2 for finding in findings], WIDTH)
    for picture, key in zip(pictures, keys, strict=True):
        keep_still(job, store, picture.image, key)


def keep_still(job: JobContext, store: ObjectStore, image: Image, key: str) -> None:
    path = job.folder / "still.jpg"
    path.write_bytes(jpeg(image, QUALITY))
    store.put_file(key, path, content_type="image/jpeg", cancelled=job.cancelled)
    path.unlink()
