"""The names of objects, checked before any store sees one.

A key is a relative POSIX path such as `renders/acme/job-7.mp4`. Keys arrive from URLs and job payloads, so
they are hostile until `object_key` has passed them: what passes is a valid file name below a folder, an S3
key that needs no quoting, and a URL path that no proxy rewrites.
"""

from __future__ import annotations

import hashlib
import re
from typing import NewType

from ecg.errors import InputError

ObjectKey = NewType("ObjectKey", str)
"""A key that `object_key` has passed."""

MAX_KEY_BYTES = 512
MAX_SEGMENT_BYTES = 200
"""A file name may have 255 bytes on every file system that we know; the local store adds a few."""

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}", re.ASCII)
_UNSAFE = re.compile(r"[^a-z0-9_-]+", re.ASCII)
_EXTENSION = re.compile(r"[a-z0-9]{1,8}", re.ASCII)


class BadKey(InputError):
    """No store can hold an object of that name."""

    code = "INVALID_OBJECT_KEY"


def object_key(text: str) -> ObjectKey:
    """The key, when it is one; raises BadKey otherwise.

    Segments begin with a letter, a digit or `_`, and go on with those, `.` and `-`. So there is no `..`, no
    hidden file, no absolute path, no empty segment, nothing that a shell, a URL or a header reads otherwise.
    """
    if len(text) > MAX_KEY_BYTES:  # an accepted key is ASCII: characters are bytes
        raise BadKey(f"an object key has {len(text)} characters; the limit is {MAX_KEY_BYTES}")
    segments = text.split("/")
    if not all(len(part) <= MAX_SEGMENT_BYTES and _SEGMENT.fullmatch(part) for part in segments):
        raise BadKey(
            f"{text!a} is not an object key",
            hint="a key is a relative path of letters, digits, _, - and dots, such as renders/acme/job-7.mp4",
        )
    return ObjectKey(text)


def render_key(tenant_id: str, job_id: str, extension: str) -> ObjectKey:
    """Where a render's video is kept: the same for every attempt, so that a second run overwrites."""
    return _job_key("renders", tenant_id, job_id, extension)


def safe_segment(name: str) -> str:
    """A path segment that stands for this name alone, also where upper and lower case are the same file.

    Plain names stay readable as they are. Others are written in the plain alphabet and end in `.` and 96 bits
    of the name's SHA-256; plain names hold no `.`, so the two sorts never meet.
    """
    if _PLAIN.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    readable = _UNSAFE.sub("_", name[:200].lower()).lstrip("-")[:100] or "_"
    return f"{readable}.{digest}"


def _job_key(folder: str, tenant_id: str, job_id: str, extension: str) -> ObjectKey:
    if not _EXTENSION.fullmatch(extension):
        raise BadKey(f"{extension!a} is not a file name's extension")
    return object_key(f"{folder}/{safe_segment(tenant_id)}/{safe_segment(job_id)}.{extension}")
