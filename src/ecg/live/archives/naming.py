"""Names of recordings: pure.

While FFmpeg writes, a file carries its session and a number; when it is closed it gets the name that people
know, archive_YYYYmmdd_HHMMSS.mp4, from the second in which it begins, in UTC. The name is for people: the
times that count are in the archive's row.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

OPEN_NAME = re.compile(r"(?P<session>[0-9a-f]{8})-[0-9]{5,9}\.mp4")
ARCHIVE_NAME = re.compile(r"archive_[0-9]{8}_[0-9]{6}\.mp4")


def archive_name(started_at: int) -> str:
    """The name of a recording that begins then; milliseconds since 1970."""
    return f"archive_{datetime.fromtimestamp(started_at // 1000, UTC):%Y%m%d_%H%M%S}.mp4"


def archive_id(tenant_id: str, camera_id: str, open_name: str) -> str:
    """The same for every try to register one file, and another for every other file."""
    named = "\0".join((tenant_id, camera_id, open_name)).encode()
    return hashlib.sha256(named).hexdigest()[:32]
