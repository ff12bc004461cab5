"""The words of the speech contract: its states, its error codes, the bodies of its callbacks.

The spine's words (PENDING, DONE, …) are richer; clients of the contract know these and no others.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from ecg.jobs.states import State
from ecg.jobs.view import JobView

CALLBACK_PATH = "/api/upload-video/result"
STATUS_PATH = "/api/upload-video/status/"

Status = Literal["processing", "completed", "failed"]

STATUS: dict[State, Status] = {
    State.PENDING: "processing",
    State.PROCESSING: "processing",
    State.DONE: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "failed",
}

ErrorCode = Literal[
    "CANCELLED",
    "CONNECTION_ERROR",
    "INPUT_TOO_LARGE",
    "INTERNAL_ERROR",
    "INVALID_OBJECT_KEY",
    "INVALID_VIDEO_FORMAT",
    "MISSING_DEPENDENCY",
    "NOT_FOUND",
    "RESULT_TOO_LARGE",
    "SPEECH_ERROR",
    "STORAGE_ACCESS_ERROR",
    "TIMEOUT_ERROR",
    "UNSUPPORTED_LANGUAGE",
    "URL_NOT_ALLOWED",
    "WORKER_LOST",
]
"""Why a job failed; docs/speech-server.md says what each means."""

_MESSAGES = {
    State.PENDING: "waiting",
    State.PROCESSING: "listening",
    State.DONE: "done",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}


def error_code(view: JobView) -> ErrorCode | None:
    """Why it failed, in one of the contract's words; None while it has not."""
    if STATUS[view.state] != "failed":
        return None
    code = view.error_code or ("CANCELLED" if view.state is State.CANCELLED else "INTERNAL_ERROR")
    return code if code in get_args(ErrorCode) else "INTERNAL_ERROR"  # type: ignore[return-value]


def message(view: JobView) -> str:
    """What is being done, or what became of it."""
    return (view.message if view.state is State.PROCESSING else None) or _MESSAGES[view.state]


def told(view: JobView) -> dict[str, Any]:
    """The job as callbacks and polls tell it: `result` when it is completed, the error when it failed."""
    status = STATUS[view.state]
    body: dict[str, Any] = {
        "job_id": view.job_id,
        "status": status,
        "progress": 100 if status == "completed" else view.progress,
        "message": message(view),
    }
    if status == "completed":
        body["result"] = view.result
    if status == "failed":
        body["error_message"] = view.error_message or message(view)
        body["error_code"] = error_code(view)
    return body


def callback_url(base_url: str) -> str:
    """Where the results for a server at this address go."""
    return base_url.rstrip("/") + CALLBACK_PATH
