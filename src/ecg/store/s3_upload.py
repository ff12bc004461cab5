"""One file to an S3 store: in one request when it is small, in parts side by side when it is not.

Each request carries the MD5 of its bytes, so that the store refuses what was damaged on the way. Parts become
an object only when all are there; an upload that fails or is cancelled is taken back.
"""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from ecg.store.objects import CHUNK, Progress, Stop, stop_if
from ecg.store.s3_client import Place

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 16 * CHUNK
"""Files up to here go in one request; larger ones in parts of this size."""

MAX_PARTS = 10_000
AT_ONCE = 4
_LOOK_SECONDS = 0.2
"""How often a running upload asks whether to stop."""


class FilePart:
    """Some bytes of a file as a request's body; boto3 reads it again when a request has to be repeated."""

    def __init__(self, descriptor: int, start: int, length: int, stopped: Callable[[], bool]) -> None:
        self._descriptor = descriptor
        self._start = start
        self._length = length
        self._stopped = stopped
        self._at = 0

    def __len__(self) -> int:
        return self._length

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        return self._at

    def read(self, size: int | None = None) -> bytes:
        """Raises concurrent.futures' CancelledError: botocore neither wraps nor retries it."""
        if self._stopped():
            raise CancelledError
        left = self._length - self._at
        wanted = left if size is None or size < 0 else min(size, left)
        data = os.pread(self._descriptor, wanted, self._start + self._at)
        if not data and wanted:
            raise OSError(None, "the file became shorter while it was uploaded")
        self._at += len(data)
        return data

    def md5(self) -> bytes:
        digest = hashlib.md5(usedforsecurity=False)
        while chunk := self.read(CHUNK):
            digest.update(chunk)
        self.seek(0)
        return digest.digest()


class S3Upload:
    """The upload of one open file to one key; errors are boto3's."""

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        key: str,
        *,
        descriptor: int,
        content_type: str,
        cancelled: Stop | None,
        progress: Progress | None,
    ) -> None:
        self._client = client
        self._place = Place(Bucket=bucket, Key=key)
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._content_type = content_type
        self._cancelled = cancelled
        self._progress = progress
        self._failed = threading.Event()

    def run(self) -> None:
        """Raises CancelledError or Cancelled when the caller has cancelled."""
        if self._size <= PART_BYTES:
            self._put_whole()
        else:
            self._put_parts()

    def _put_whole(self) -> None:
        body = self._part(0, self._size)
        self._client.put_object(
            **self._place,
            Body=cast("IO[bytes]", body),
            ContentMD5=_text(body.md5()),
            ContentType=self._content_type,
        )
        self._tell(self._size)

    def _put_parts(self) -> None:
        begun = self._client.create_multipart_upload(**self._place, ContentType=self._content_type)
        upload_id = begun["UploadId"]
        try:
            parts = self._send_parts(upload_id)
            self._complete(upload_id, parts)
        except BaseException:
            # What cannot be taken back now is taken back by the next sweep.
            with suppress(ClientError, BotoCoreError, HTTPClientError):
                self._client.abort_multipart_upload(**self._place, UploadId=upload_id)
            raise

    def _send_parts(self, upload_id: str) -> list[bytes]:
        """The MD5 of each part, in order."""
        part_bytes = max(PART_BYTES, -(-self._size // MAX_PARTS))
        starts = range(0, self._size, part_bytes)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="s3-upload") as pool:
            sending = [
                pool.submit(self._send_part, upload_id, number, start, min(part_bytes, self._size - start))
                for number, start in enumerate(starts, 1)
            ]
            try:
                self._wait_for(sending, part_bytes)
            except BaseException:
                self._failed.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return [part.result() for part in sending]

    def _wait_for(self, sending: list[Future[bytes]], part_bytes: int) -> None:
        waiting = set(sending)
        while waiting:
            finished, waiting = wait(waiting, _LOOK_SECONDS, FIRST_COMPLETED)
            for part in finished:
                part.result()
            if finished:
                self._tell(min(self._size, part_bytes * (len(sending) - len(waiting))))
            stop_if(self._cancelled, self._place["Key"])

    def _send_part(self, upload_id: str, number: int, start: int, length: int) -> bytes:
        body = self._part(start, length)
        digest = body.md5()
        self._client.upload_part(
            **self._place,
            UploadId=upload_id,
            PartNumber=number,
            Body=cast("IO[bytes]", body),
            ContentMD5=_text(digest),
        )
        return digest

    def _complete(self, upload_id: str, digests: list[bytes]) -> None:
        parts: list[CompletedPartTypeDef] = [
            {"PartNumber": number, "ETag": f'"{digest.hex()}"'} for number, digest in enumerate(digests, 1)
        ]
        try:
            self._client.complete_multipart_upload(
                **self._place, UploadId=upload_id, MultipartUpload={"Parts": parts}
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchUpload" or not self._is_there(digests):
                raise

    def _is_there(self, digests: list[bytes]) -> bool:
        """Whether the upload was completed although the answer to that got lost and a repeat was refused."""
        whole = hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()
        try:
            found = self._client.head_object(**self._place)
        except ClientError:
            return False
        return found["ETag"].strip('"') == f"{whole}-{len(digests)}"

    def _part(self, start: int, length: int) -> FilePart:
        return FilePart(self._descriptor, start, length, self._stopped)

    def _stopped(self) -> bool:
        return self._failed.is_set() or (self._cancelled is not None and self._cancelled())

    def _tell(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, self._size)


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
