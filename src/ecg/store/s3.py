"""Objects in a bucket of Amazon's S3 or of any store that speaks its protocol.

Keys, region and roles are boto3's business: the usual AWS_… variables, files and machine roles all work.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from ecg.errors import NotFound, StorageError
from ecg.store.disk import arriving, disk_errors, write_all
from ecg.store.disposition import attachment
from ecg.store.keys import object_key
from ecg.store.media_types import media_type
from ecg.store.objects import (
    CHUNK,
    Progress,
    SignedUpload,
    Stop,
    StoredObject,
    changed,
    check_range,
    check_version,
    lifetime,
    stop_if,
    too_large,
)
from ecg.store.probing import Probe
from ecg.store.s3_client import Place, connect
from ecg.store.s3_errors import is_missing, s3_errors
from ecg.store.s3_upload import S3Upload

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

MAX_SINGLE_PUT = 5 * 1024**3
"""Bytes that S3 takes in one request, so in one signed upload."""

PRECONDITION_FAILED = 412
COPY_PART_BYTES = 256 * 1024**2
BROKEN_READS = 5
"""How often the reading of one object may break and go on where it broke."""

BROKEN_READ_PAUSE = 0.1
"""Seconds before the first time; each further pause is twice as long."""

CHECK_KEY = "health/check"
"""Written by `check`; it stays, since another process may be reading it."""

_BROKEN = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


class S3Store:
    def __init__(self, bucket: str, *, endpoint_url: str | None = None) -> None:
        self._bucket = bucket
        self._endpoint_url = endpoint_url
        self._probe = Probe(self._write_and_read)

    def put_file(
        self,
        key: str,
        path: Path,
        *,
        content_type: str,
        cancelled: Stop | None = None,
        progress: Progress | None = None,
    ) -> StoredObject:
        key = object_key(key)
        with disk_errors(path):
            file = path.open("rb")
        with file, s3_errors(self._bucket, key):
            S3Upload(
                self._client,
                self._bucket,
                key,
                descriptor=file.fileno(),
                content_type=media_type(content_type),
                cancelled=cancelled,
                progress=progress,
            ).run()
            size = os.fstat(file.fileno()).st_size
        stored = self.head(key)
        if stored is None or stored.size != size:
            raise StorageError(
                f"s3://{self._bucket}/{key} was stored and is not there whole", hint="try again"
            )
        return stored

    def fetch_file(
        self,
        key: str,
        path: Path,
        *,
        max_bytes: int | None = None,
        cancelled: Stop | None = None,
        progress: Progress | None = None,
    ) -> StoredObject:
        stored = self._known(key)
        if max_bytes is not None and stored.size > max_bytes:
            raise too_large(key, stored.size, max_bytes)
        done = 0
        with arriving(path) as target:
            for chunk in self._read(key, 0, None, stored.etag):
                stop_if(cancelled, key)
                write_all(path, target, chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done, stored.size)
        return stored

    def open_range(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        check_range(key, start, length)
        yield from self._read(object_key(key), start, length, None)

    def head(self, key: str) -> StoredObject | None:
        key = object_key(key)
        with s3_errors(self._bucket, key):
            try:
                found = self._client.head_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if is_missing(error):
                    return None
                raise
        return StoredObject(
            key,
            found["ContentLength"],
            found["ETag"].strip('"'),
            found.get("ContentType", "application/octet-stream"),
            found["LastModified"].astimezone(UTC),
        )

    def delete(self, key: str) -> None:
        key = object_key(key)
        with s3_errors(self._bucket, key), suppress(NotFound):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def move(self, source: str, destination: str, *, etag: str | None = None) -> StoredObject:
        source, destination = object_key(source), object_key(destination)
        stored = self._known(source)
        check_version(source, stored, etag)
        if source == destination:
            return stored
        with s3_errors(self._bucket, source):
            try:
                self._client.copy(
                    {"Bucket": self._bucket, "Key": source},
                    self._bucket,
                    destination,
                    ExtraArgs={
                        "ContentType": stored.content_type,
                        "MetadataDirective": "REPLACE",
                        "CopySourceIfMatch": f'"{stored.etag}"',  # else a copy in parts may mix two versions
                    },
                    Config=TransferConfig(
                        multipart_threshold=COPY_PART_BYTES, multipart_chunksize=COPY_PART_BYTES
                    ),
                )
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != PRECONDITION_FAILED:
                    raise
                raise changed(source) from None
        moved = self._known(destination)
        self.delete(source)
        return moved

    def keys(self, prefix: str = "") -> Iterator[str]:
        with s3_errors(self._bucket):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            for page in pages:
                for found in page.get("Contents", []):
                    yield found["Key"]

    def download_url(self, key: str, *, seconds: int, file_name: str | None = None) -> str:
        name = file_name or key.rpartition("/")[2]
        return self._signed(
            "get_object", object_key(key), seconds, {"ResponseContentDisposition": attachment(name)}
        )

    def upload_url(
        self, key: str, *, content_type: str, size: int, seconds: int, exact: bool = True
    ) -> SignedUpload:
        if size > MAX_SINGLE_PUT and exact:
            raise too_large(key, size, MAX_SINGLE_PUT)
        content_type = media_type(content_type)
        fields: dict[str, Any] = {"ContentType": content_type}
        if exact:
            fields["ContentLength"] = size
        url = self._signed("put_object", object_key(key), seconds, fields)
        return SignedUpload(url, "PUT", {"Content-Type": content_type})

    def sweep(self, prefix: str = "", *, older_than_seconds: float = 24 * 3600) -> int:
        # The store's clock counts whole seconds and is not ours: "now" would be too early for the youngest.
        limit = datetime.now(UTC) - timedelta(seconds=older_than_seconds) if older_than_seconds else None
        with s3_errors(self._bucket):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            found = [upload for page in pages for upload in page.get("Uploads", [])]
            left = [upload for upload in found if limit is None or upload["Initiated"] <= limit]
            for upload in left:
                self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )
        return len(left)

    def check(self) -> None:
        self._probe()

    @cached_property
    def _client(self) -> S3Client:
        return connect(self._endpoint_url)

    @cached_property
    def _quick_client(self) -> S3Client:
        return connect(self._endpoint_url, patient=False)

    def _write_and_read(self) -> None:
        sample = b"ECG writes and reads this to see whether the store is well.\n"
        place = Place(Bucket=self._bucket, Key=CHECK_KEY)
        with s3_errors(self._bucket, CHECK_KEY):
            self._quick_client.put_object(**place, Body=sample, ContentType="text/plain")
            with closing(self._quick_client.get_object(**place)["Body"]) as body:
                if body.read() != sample:
                    raise StorageError(f"s3://{self._bucket}/{CHECK_KEY} reads back differently")

    def _known(self, key: str) -> StoredObject:
        stored = self.head(key)
        if stored is not None:
            return stored
        # The answer to HEAD has no body: only one to GET tells a missing object from a missing bucket.
        with s3_errors(self._bucket, key):
            self._client.get_object(Bucket=self._bucket, Key=key, Range="bytes=0-0")["Body"].close()
        raise NotFound(f"there was no object {key} a moment ago", hint="try again")

    def _signed(self, call: str, key: str, seconds: int, fields: dict[str, Any]) -> str:
        with s3_errors(self._bucket, key):
            return self._client.generate_presigned_url(
                call, Params={"Bucket": self._bucket, "Key": key, **fields}, ExpiresIn=lifetime(seconds)
            )

    def _read(self, key: str, start: int, length: int | None, etag: str | None) -> Iterator[bytes]:
        """The bytes of one version of the object, going on where the connection broke."""
        done = broken = 0
        while True:
            asked = _range(start + done, None if length is None else length - done)
            if etag is not None:
                asked["IfMatch"] = f'"{etag}"'
            with s3_errors(self._bucket, key):
                try:
                    answer = self._client.get_object(Bucket=self._bucket, Key=key, **asked)
                    etag = answer["ETag"].strip('"')
                    with closing(answer["Body"]) as body:
                        for chunk in body.iter_chunks(CHUNK):
                            done += len(chunk)
                            yield chunk
                    return
                except _BROKEN:
                    broken += 1
                    if broken > BROKEN_READS:
                        raise
            time.sleep(BROKEN_READ_PAUSE * 2**broken)


def _range(start: int, length: int | None) -> dict[str, Any]:
    if start == 0 and length is None:
        return {}  # an empty object has no ranges
    return {"Range": f"bytes={start}-{'' if length is None else start + length - 1}"}
