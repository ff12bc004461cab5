"""The only door to objects: files on this machine behind signed links, or any S3."""

from ecg.store.keys import BadKey, ObjectKey, object_key, render_key
from ecg.store.metrics import MeasuredStore
from ecg.store.objects import (
    ObjectStore,
    RangeOutside,
    SignedUpload,
    StorageRefused,
    StoredObject,
)
from ecg.store.opening import open_store
from ecg.store.upkeep import keep_swept

__all__ = [
    "BadKey",
    "MeasuredStore",
    "ObjectKey",
    "ObjectStore",
    "RangeOutside",
    "SignedUpload",
    "StorageRefused",
    "StoredObject",
    "keep_swept",
    "object_key",
    "open_store",
    "render_key",
]
