"""The look at what was uploaded, and its way to where it is kept.

The file comes out of `incoming/`, which clients can write, into the job's folder; there it is opened under
the guard of `ecg.media`. What is kept is exactly what was looked at: the very version of the object is
moved, or the file itself is stored where it came in parts. Then the key of the upload is closed with an empty
object, so that its link, which lives on for a while, takes nothing more.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from ecg.database import Record
from ecg.errors import Conflict, MediaError, TooLarge
from ecg.jobs.kinds import JobContext
from ecg.library.keys import part_key, video_key
from ecg.library.media_types import TYPES, check_content
from ecg.media import MediaInfo, probe
from ecg.settings import Settings
from ecg.store import ObjectStore, StoredObject


class Examination:
    """Of one upload, in one job."""

    def __init__(self, job: JobContext, settings: Settings, store: ObjectStore, upload: Record) -> None:
        self._job = job
        self._settings = settings
        self._store = store
        self._upload = upload
        self._key = video_key(upload.tenant_id, upload.upload_id, TYPES[upload.content_type].extension)

    def run(self) -> tuple[str, int, dict[str, Any]]:
        """Keep the video; answers its key, its size in bytes, and what was seen in it.

        Raises MediaError, TooLarge, NotFound and Conflict for what is not kept. May be begun again at any
        point.
        """
        path = self._job.folder / f"upload.{TYPES[self._upload.content_type].extension}"
        kept = self._store.head(self._key)
        if kept is not None:  # an attempt before this one came so far
            self._fetch(self._key, path)
            facts = self._look(path)
            close_upload(self._store, self._upload)
            return self._key, kept.size, facts
        came = self._bring(path)
        facts = self._look(path)
        if came is None:
            kept = self._store.put_file(
                self._key, path, content_type=self._upload.content_type, cancelled=self._job.cancelled
            )
        else:
            kept = self._move(came)
        path.unlink()
        close_upload(self._store, self._upload)
        return self._key, kept.size, facts

    def _bring(self, path: Path) -> StoredObject | None:
        """The file; None where it came in parts."""
        if self._upload.part_bytes is None:
            return self._fetch(self._upload.file_key, path)
        with path.open("wb") as whole:
            for number in range(1, part_count(self._upload) + 1):
                part = path.with_suffix(".part")
                self._fetch(part_key(self._upload.file_key, number), part)
                with part.open("rb") as file:
                    shutil.copyfileobj(file, whole, 1024 * 1024)
                part.unlink()
                self._job.check()
        if path.stat().st_size != self._upload.size:
            raise MediaError("the parts of the upload do not make up the whole", hint="upload it again")
        return None

    def _fetch(self, key: str, path: Path) -> StoredObject:
        limit = self._settings.max_video_bytes
        return self._store.fetch_file(key, path, max_bytes=limit, cancelled=self._job.cancelled)

    def _look(self, path: Path) -> dict[str, Any]:
        if path.stat().st_size > self._settings.max_video_bytes:
            raise TooLarge("the video is too large", hint="upload a part of it")
        try:
            info = probe(path)
            check_content(self._upload.content_type, info, longest_seconds=self._settings.max_video_seconds)
        except MediaError as error:  # it names our file; the client knows it by its own name
            message = error.message.replace(str(path), "the file").replace(path.name, "the file")
            raise MediaError(message, hint=error.hint) from None
        return facts_of(info)

    def _move(self, came: StoredObject) -> StoredObject:
        try:
            return self._store.move(self._upload.file_key, self._key, etag=came.etag)
        except Conflict:
            raise MediaError("the file was replaced while it was looked at", hint="upload it again") from None


def facts_of(info: MediaInfo) -> dict[str, Any]:
    """What clients may want to know of a video."""
    video = info.require_video()
    width, height = video.display_size
    rate = video.average_rate
    facts: dict[str, Any] = {
        "container": info.container,
        "duration": info.duration,
        "width": width,
        "height": height,
        "fps": None if rate is None else round(float(rate), 3),
        "video_codec": video.codec,
        "audio_codecs": [track.codec for track in info.audio],
    }
    json.dumps(facts, allow_nan=False)
    return facts


def part_count(upload: Record) -> int:
    return -(-int(upload.size) // int(upload.part_bytes))


def remove_incoming(store: ObjectStore, upload: Record) -> None:
    """Nothing stays of what came in under the upload's key."""
    for key in [*store.keys(f"{upload.file_key}.parts/"), upload.file_key]:
        store.delete(key)


def close_upload(store: ObjectStore, upload: Record) -> None:
    """Empty objects take the place of what came in; where the store can, it then refuses more by those links.

    A bucket cannot: what comes later lies there unread until upkeep removes it.
    """
    numbers = range(1, part_count(upload) + 1) if upload.part_bytes is not None else ()
    keys = [part_key(upload.file_key, number) for number in numbers] or [upload.file_key]
    with NamedTemporaryFile(prefix="ecg-closed-") as empty:
        for key in keys:
            store.put_file(key, Path(empty.name), content_type=upload.content_type)
