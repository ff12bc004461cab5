"""Where things of an upload and its analysis are kept. No key holds anything that a client wrote but ids."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from ecg.store import ObjectKey, object_key
from ecg.store.keys import safe_segment

INCOMING = "incoming"
"""What clients may write, and nobody reads but the look that decides whether it is kept."""


def incoming_key(tenant_id: str, upload_id: str, extension: str) -> ObjectKey:
    return object_key(f"{INCOMING}/{safe_segment(tenant_id)}/{upload_id}.{extension}")


def part_key(file_key: str, number: int) -> ObjectKey:
    """Of a large upload; the first part is 1."""
    return object_key(f"{file_key}.parts/{number:05d}")


def video_key(tenant_id: str, upload_id: str, extension: str) -> ObjectKey:
    return object_key(f"videos/{safe_segment(tenant_id)}/{upload_id}.{extension}")


def result_key(tenant_id: str, job_id: str) -> ObjectKey:
    """What the speech server heard, as JSON."""
    return object_key(f"analyses/{safe_segment(tenant_id)}/{safe_segment(job_id)}.json")


def new_job_id(owner_id: str) -> str:
    """An id that says whose job it is, so that a poll need not ask the database."""
    chance = secrets.token_hex(12)
    return f"{chance}{_tag(chance, owner_id)}"


def is_owner(job_id: str, owner_id: str) -> bool:
    """Whether an id of `new_job_id` was made for this owner."""
    chance, tag = job_id[:24], job_id[24:]
    return hmac.compare_digest(tag.encode(), _tag(chance, owner_id).encode())


def project_id_of(job_id: str) -> str:
    """The same at every attempt, so that a job that is done again makes no second project."""
    return hashlib.sha256(f"project of {job_id}".encode()).hexdigest()[:32]


def _tag(chance: str, owner_id: str) -> str:
    # No secret is needed: the id is hard to guess, and this only tells owners of one tenant apart.
    return hashlib.sha256(f"{chance} {owner_id}".encode()).hexdigest()[:16]
