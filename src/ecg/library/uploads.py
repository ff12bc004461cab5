"""What clients do with uploads: begin one, whole or in parts, look what has arrived, give it up."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from anyio import to_thread

from ecg.database import Database, Record
from ecg.errors import Conflict, InputError, NotFound, TooLarge
from ecg.jobs.view import moment
from ecg.library import upload_repository as repository
from ecg.library.examination import part_count, remove_incoming
from ecg.library.keys import incoming_key, part_key
from ecg.library.media_types import TYPES, usable_name, usable_type
from ecg.library.upload_repository import NewUpload, Owner
from ecg.settings import Settings
from ecg.store import ObjectStore, SignedUpload

LARGEST_WHOLE = 5 * 1024**3
"""Bytes that S3 takes in one request."""
PART_TYPE = "application/octet-stream"
MOST_PARTS = 10_000


class TooManyUploads(Conflict):
    code = "TOO_MANY_UPLOADS"


class UploadClosed(Conflict):
    code = "UPLOAD_CLOSED"


class UploadIncomplete(Conflict):
    code = "UPLOAD_INCOMPLETE"


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload whose link works until then."""

    file_key: str
    expires_at: str
    signed: SignedUpload
    max_size: int


@dataclass(frozen=True, slots=True)
class BegunInParts:
    file_key: str
    expires_at: str
    part_size: int
    part_count: int


@dataclass(frozen=True, slots=True)
class SignedPart:
    number: int
    size: int
    signed: SignedUpload


@dataclass(frozen=True, slots=True)
class Arrived:
    """An upload in parts, and the numbers of those that are there."""

    upload: Record
    state: str
    parts: list[int]


class Uploads:
    """Uploads on one database and one store. Every call is within an owner."""

    def __init__(self, database: Database, store: ObjectStore, settings: Settings) -> None:
        self.database = database
        self.store = store
        self._settings = settings

    async def begin(
        self, owner: Owner, *, file_name: str, file_type: str, file_size: int | None = None
    ) -> Begun:
        """A link for a file of this type: of exactly this size, or of any that is allowed.

        Raises BadFileName, UnsupportedFormat, TooLarge and TooManyUploads.
        """
        cap = min(self._settings.max_video_bytes, LARGEST_WHOLE)
        if file_size is not None and file_size > cap:
            raise self._too_large(file_size, cap)
        new = self._new(owner, file_name, file_type, file_size, None)
        await self._add(owner, new)
        size = file_size if file_size is not None else cap
        signed = await to_thread.run_sync(
            lambda: self.store.upload_url(
                new.file_key,
                content_type=new.content_type,
                size=size,
                seconds=new.seconds,
                exact=file_size is not None,
            )
        )
        return Begun(new.file_key, _after(new.seconds), signed, size)

    async def begin_in_parts(
        self, owner: Owner, *, file_name: str, file_type: str, file_size: int
    ) -> BegunInParts:
        """Raises what `begin` raises. The upload has four times as long as one of a single piece."""
        if file_size > self._settings.max_video_bytes:
            raise self._too_large(file_size, self._settings.max_video_bytes)
        part_bytes = max(self._settings.upload_part_bytes, -(-file_size // MOST_PARTS))
        new = self._new(owner, file_name, file_type, file_size, part_bytes)
        await self._add(owner, new)
        return BegunInParts(new.file_key, _after(new.seconds), part_bytes, -(-file_size // part_bytes))

    async def sign_parts(self, owner: Owner, file_key: str, numbers: Sequence[int]) -> list[SignedPart]:
        """Links for these parts. Raises NotFound, InputError for a number that there is not, UploadClosed."""
        upload = await self.find(owner, file_key)
        check_open(upload)
        count = self._parts_of(upload)
        if wrong := [number for number in numbers if number > count]:
            raise InputError(
                f"there is no part {wrong[0]}; the upload has {count}", where="/part_numbers", hint=None
            )
        return await to_thread.run_sync(lambda: [self._sign(upload, number) for number in numbers])

    async def arrived(self, owner: Owner, file_key: str) -> Arrived:
        """Raises NotFound."""
        upload = await self.find(owner, file_key)
        self._parts_of(upload)
        state = repository.EXPIRED if upload.late and upload.state == repository.OPEN else upload.state
        there = await self.parts_there(upload) if state == repository.OPEN else []
        return Arrived(upload, state, there)

    async def give_up(self, owner: Owner, file_key: str) -> None:
        """Remove what has come. Raises NotFound, and UploadClosed for one that is handed in."""
        upload = await self.find(owner, file_key)
        async with self.database.write() as connection:
            changed = await repository.change(
                connection,
                owner.tenant_id,
                upload.upload_id,
                expected=(repository.OPEN,),
                state=repository.EXPIRED,
            )
        if not changed:
            check_open(await self.find(owner, file_key))
        await to_thread.run_sync(remove_incoming, self.store, upload)

    async def find(self, owner: Owner, file_key: str) -> Record:
        """Raises NotFound."""
        async with self.database.read() as connection:
            row = await repository.find(connection, owner, file_key)
        if row is None:
            raise NotFound("there is no such upload", where="/file_key", hint="ask for an upload link first")
        return row

    async def check_whole(self, upload: Record) -> None:
        """Raises UploadIncomplete while something is missing, TooLarge when more came than may."""
        if upload.part_bytes is not None:
            there = set(await self.parts_there(upload))
            missing = [number for number in range(1, part_count(upload) + 1) if number not in there]
            if missing:
                raise UploadIncomplete(
                    f"{len(missing)} parts are missing, the first is {missing[0]}", where="/file_key"
                )
            return
        stored = await to_thread.run_sync(self.store.head, upload.file_key)
        if stored is None or stored.size == 0:
            raise UploadIncomplete(
                "the file is not here yet", where="/file_key", hint="PUT it to the upload link first"
            )
        cap = upload.size if upload.size is not None else min(self._settings.max_video_bytes, LARGEST_WHOLE)
        if stored.size > cap:
            await to_thread.run_sync(remove_incoming, self.store, upload)
            raise self._too_large(stored.size, cap)

    async def parts_there(self, upload: Record) -> list[int]:
        """The parts that have arrived; what is under the key with another number or length is none."""

        def look() -> list[int]:
            expected = {part_key(upload.file_key, n): n for n in range(1, part_count(upload) + 1)}
            found = set(self.store.keys(f"{upload.file_key}.parts/"))
            return [number for key, number in expected.items() if key in found]

        return await to_thread.run_sync(look)

    async def _add(self, owner: Owner, new: NewUpload) -> None:
        async with self.database.write() as connection:
            if await repository.count_open(connection, owner) >= self._settings.max_open_uploads:
                raise TooManyUploads(
                    f"{self._settings.max_open_uploads} uploads are open already",
                    hint="finish some, give them up, or wait until they expire",
                )
            await repository.add(connection, owner, new)

    def _new(
        self, owner: Owner, file_name: str, file_type: str, size: int | None, part_bytes: int | None
    ) -> NewUpload:
        name = usable_name(file_name)
        content_type = usable_type(file_type, name)
        upload_id = secrets.token_hex(16)
        seconds = self._settings.upload_url_seconds
        return NewUpload(
            upload_id=upload_id,
            file_name=name,
            content_type=content_type,
            file_key=incoming_key(owner.tenant_id, upload_id, TYPES[content_type].extension),
            size=size,
            part_bytes=part_bytes,
            seconds=seconds if part_bytes is None else min(4 * seconds, 7 * 24 * 3600),
        )

    def _sign(self, upload: Record, number: int) -> SignedPart:
        last = number == part_count(upload)
        size = upload.size - (number - 1) * upload.part_bytes if last else upload.part_bytes
        signed = self.store.upload_url(
            part_key(upload.file_key, number),
            content_type=PART_TYPE,
            size=size,
            seconds=self._settings.upload_url_seconds,
        )
        return SignedPart(number, size, signed)

    def _parts_of(self, upload: Record) -> int:
        if upload.part_bytes is None:
            raise Conflict("this upload is not one in parts", where="/file_key")
        return part_count(upload)

    def _too_large(self, size: int, limit: int) -> TooLarge:
        hint = "upload it in parts" if limit < self._settings.max_video_bytes else "use a smaller file"
        return TooLarge(f"the file has {size:,} bytes; the limit is {limit:,}", where="/file_size", hint=hint)


def check_open(upload: Record) -> None:
    """Raises UploadClosed for an upload that takes nothing more."""
    if upload.state == repository.OPEN and not upload.late:
        return
    why = "has expired" if upload.state in (repository.OPEN, repository.EXPIRED) else f"is {upload.state}"
    raise UploadClosed(f"this upload {why}", where="/file_key", hint="ask for a new upload link")


def expiry_of(upload: Record) -> str:
    return moment(upload.expires_at) or ""


def _after(seconds: int) -> str:
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    return ends.isoformat(timespec="milliseconds").replace("+00:00", "Z")
