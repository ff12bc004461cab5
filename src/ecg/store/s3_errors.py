"""What an S3 store's refusals mean, and what an operator can do about each."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from ecg.errors import Cancelled, EcgError, NotFound, StorageError
from ecg.store.objects import RangeOutside, StorageRefused

_KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, where there is one)"
_RIGHTS = "allow s3:GetObject, PutObject, DeleteObject, ListBucket and AbortMultipartUpload to these keys"
_REGION = "set AWS_DEFAULT_REGION to the bucket's region"
_REFUSALS = {
    "NoSuchBucket": ("the bucket does not exist", "create it, or let S3_BUCKET name one that exists"),
    "AccessDenied": ("access was denied", _RIGHTS),
    "AllAccessDisabled": ("access was denied", "ask the store's provider about this account"),
    "403": ("access was denied", _RIGHTS),
    "InvalidAccessKeyId": ("the store does not know the access key", _KEYS),
    "SignatureDoesNotMatch": ("the secret key is wrong", _KEYS),
    "ExpiredToken": ("the session token has expired", _KEYS),
    "InvalidToken": ("the session token is wrong", _KEYS),
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "set the clock, best with NTP"),
    "PermanentRedirect": ("the bucket is in another region", _REGION),
    "AuthorizationHeaderMalformed": ("the bucket is in another region", _REGION),
    "IllegalLocationConstraintException": ("the bucket is in another region", _REGION),
}
_FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507"}
_NO_OBJECT = {"NoSuchKey", "404", "NotFound"}


@contextmanager
def s3_errors(bucket: str, key: str | None = None) -> Iterator[None]:
    """boto3's errors inside become ECG's, which name bucket and key and say what to do."""
    try:
        yield
    except CancelledError:
        raise Cancelled(f"the transfer of {key} was cancelled") from None
    except ClientError as error:
        raise _answered(error, bucket, key) from None
    except (BotoCoreError, HTTPClientError, Boto3Error) as error:
        raise _unanswered(error, bucket, key) from None


def is_missing(error: ClientError) -> bool:
    """Whether the store says that there is no such object."""
    return _code(error) in _NO_OBJECT


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _answered(error: ClientError, bucket: str, key: str | None) -> EcgError:
    code = _code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if key is not None and is_missing(error):
        return NotFound(f"there is no object {key}")
    if key is not None and code in {"InvalidRange", "416"}:
        return RangeOutside(f"{key} has no bytes in that range")
    if code in _REFUSALS:
        what, hint = _REFUSALS[code]
        return StorageRefused(f"{_place(bucket, key)}: {what} ({code})", hint=hint)
    if code in _FULL:
        return StorageError(
            f"{_place(bucket, key)}: the store is full ({code})", hint="free space in the store"
        )
    said = error.response.get("Error", {}).get("Message") or error.operation_name
    return StorageError(
        f"{_place(bucket, key)}: the store answered {status} {code}: {said}",
        hint="try again; if it stays, look into the store's own log",
    )


def _unanswered(error: Exception, bucket: str, key: str | None) -> StorageError:
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return StorageRefused(
            f"{_place(bucket, key)}: no keys to the store were found",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role",
        )
    if isinstance(error, NoRegionError):
        return StorageRefused(f"{_place(bucket, key)}: the region is not known", hint=_REGION)
    return StorageError(
        f"{_place(bucket, key)}: the store cannot be reached: {error}",
        hint="check S3_ENDPOINT_URL and the network between here and there",
    )


def _place(bucket: str, key: str | None) -> str:
    return f"s3://{bucket}" if key is None else f"s3://{bucket}/{key}"
