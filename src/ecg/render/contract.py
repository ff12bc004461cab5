"""The words of the render contract: its states, its error codes, the bodies of its callbacks.

The spine's words (PENDING, WORKER_LOST, …) are richer; clients of the contract know these and no others.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.settings import load_settings

if TYPE_CHECKING:
    from ecg.store import ObjectStore

Status = Literal["queued", "processing", "completed", "failed", "cancelled"]

STATUS: dict[State, Status] = {
    State.PENDING: "queued",
    State.PROCESSING: "processing",
    State.DONE: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}

ErrorCode = Literal[
    "GPU_MEMORY_INSUFFICIENT",
    "INVALID_VIDEO_FORMAT",
    "SCENARIO_PARSE_ERROR",
    "RENDERING_TIMEOUT",
    "STORAGE_ACCESS_ERROR",
    "CONNECTION_ERROR",
    "TIMEOUT_ERROR",
    "RENDER_ERROR",
    "CANCELLED",
]

_OTHER_CODES: dict[str, ErrorCode] = {
    "URL_NOT_ALLOWED": "CONNECTION_ERROR",
    "NOT_FOUND": "STORAGE_ACCESS_ERROR",
    "INVALID_OBJECT_KEY": "STORAGE_ACCESS_ERROR",
    "FILE_TOO_LARGE": "INVALID_VIDEO_FORMAT",
    "INPUT_TOO_LARGE": "INVALID_VIDEO_FORMAT",
    "OUTPUT_NOT_WRITABLE": "STORAGE_ACCESS_ERROR",
}

DEFAULT_PUBLIC_URL = "http://127.0.0.1:8090"
"""How a server is reached that nobody has told otherwise (PUBLIC_URL)."""

CALLBACK_LINK_SECONDS = 24 * 3600
"""A callback may be delivered for a day, so its link must work as long."""


def error_code(code: str | None) -> ErrorCode | None:
    """The contract's code for one of ours; what it has no word for is RENDER_ERROR."""
    if code is None:
        return None
    if code in ErrorCode.__args__:  # type: ignore[attr-defined]  # Literal has it
        return code  # type: ignore[return-value]  # one of them
    return _OTHER_CODES.get(code, "RENDER_ERROR")


def file_name(view: JobView) -> str | None:
    """What a downloaded result is called."""
    key = (view.result or {}).get("object_key")
    return f"{view.job_id}.{key.rpartition('.')[2]}" if key else None


def download_url(store: ObjectStore, view: JobView, seconds: int) -> str | None:
    """A link to the finished video; None while there is none."""
    key = (view.result or {}).get("object_key")
    return store.download_url(key, seconds=seconds, file_name=file_name(view)) if key else None


def callback_body(view: JobView) -> dict[str, Any]:
    """What a client is told at its callback URL. A cancelled job has failed, with CANCELLED."""
    result = view.result or {}
    done = view.state is State.DONE
    failed = view.state in (State.FAILED, State.CANCELLED)
    seconds = max(CALLBACK_LINK_SECONDS, load_settings().download_url_seconds)
    code = error_code(view.error_code) or ("CANCELLED" if view.state is State.CANCELLED else None)
    return {
        "job_id": view.job_id,
        "status": "completed" if done else "failed" if failed else "processing",
        "progress": 100 if done else view.progress,
        "message": message(view),
        "estimated_time_remaining": 0 if done else seconds_left(view),
        "download_url": download_url(_store(), view, seconds) if done else None,
        "file_size": result.get("size"),
        "duration": result.get("duration"),
        "error_message": view.error_message if failed else None,
        "error_code": code if failed else None,
    }


def shown_result(view: JobView) -> dict[str, Any] | None:
    """The result with a fresh link to the video."""
    if view.result is None:
        return None
    link = download_url(_store(), view, load_settings().download_url_seconds)
    return {**view.result, "download_url": link}


def seconds_left(view: JobView) -> int | None:
    """Whole seconds, rounded up."""
    if view.state is not State.PROCESSING or view.seconds_left is None:
        return None
    return math.ceil(view.seconds_left)


def message(view: JobView) -> str:
    """What is being done, or what became of it."""
    return (view.message if view.state is State.PROCESSING else None) or _MESSAGES[view.state]


_MESSAGES = {
    State.PENDING: "waiting",
    State.PROCESSING: "rendering",
    State.DONE: "done",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}


@lru_cache(maxsize=1)
def _store() -> ObjectStore:
    from ecg.store import open_store

    settings = load_settings()
    return open_store(settings, public_url=DEFAULT_PUBLIC_URL)
