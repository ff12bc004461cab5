"""What FFmpeg's last words mean for whoever set up the camera. They are never shown as they are: they may
hold addresses with passwords, and paths of ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from ecg.errors import ConnectionFailed, EcgError, InputError, MediaError, StorageError


class CameraRefused(InputError):
    code = "CAMERA_PASSWORD_WRONG"


class CameraStreamMissing(InputError):
    code = "CAMERA_STREAM_NOT_FOUND"


class CameraUnreachable(ConnectionFailed):
    code = "CAMERA_UNREACHABLE"


class CameraWithoutVideo(MediaError):
    code = "CAMERA_WITHOUT_VIDEO"


class CameraNotUnderstood(MediaError):
    code = "CAMERA_STREAM_NOT_UNDERSTOOD"


class CameraStalled(ConnectionFailed):
    code = "CAMERA_STALLED"


class CameraEnded(ConnectionFailed):
    code = "CAMERA_CONNECTION_ENDED"


LASTING = (CameraRefused, CameraStreamMissing, CameraWithoutVideo, CameraNotUnderstood, InputError)
"""Trying again soon changes nothing; somebody has to."""

_SIGNS: tuple[tuple[tuple[str, ...], type[EcgError], str], ...] = (
    (("No space left", "Disk quota"), StorageError, "the disk of the recording host is full"),
    (("401 Unauthorized", "403 Forbidden", "authorization failed", "access denied"), CameraRefused, ""),
    (("404 Not Found", "Stream Not Found", "454 Session", "400 Bad Request"), CameraStreamMissing, ""),
    (("matches no streams", "does not contain any stream"), CameraWithoutVideo, ""),
    (
        ("Connection refused", "No route to host", "Network is unreachable", "timed out", "Host is down"),
        CameraUnreachable,
        "",
    ),
    (
        (
            "Invalid data found",
            "Could not find codec parameters",
            "not currently supported in container",
            "Error opening input",
            "Protocol not found",
            "not on whitelist",
            "Could not write header",
            "Unknown error",
            "Decoder (codec none)",
        ),
        CameraNotUnderstood,
        "",
    ),
)
_MESSAGES: dict[type[EcgError], tuple[str, str]] = {
    CameraRefused: ("the camera refuses the user name or password", "enter them again in the camera's URL"),
    CameraStreamMissing: ("the camera has no stream of this path", "see the camera's manual for its path"),
    CameraWithoutVideo: ("the camera's stream has no video", "choose a stream with video"),
    CameraUnreachable: ("the camera cannot be reached", "see whether it is on, and its address and port"),
    CameraNotUnderstood: (
        "what the camera sends cannot be read as video",
        "check the path; the camera may send a codec that FFmpeg does not know",
    ),
}


def trouble_of(lines: Iterable[str], *, was_live: bool) -> EcgError:
    """The error that a session ended with, from FFmpeg's last words (they are only looked at)."""
    text = "\n".join(lines)
    for signs, kind, message in _SIGNS:
        if any(sign in text for sign in signs):
            said, hint = _MESSAGES.get(kind, (message, None))
            return kind(said, hint=hint)
    if was_live:
        return CameraEnded("the camera ended the connection")
    return CameraUnreachable("no video came from the camera", hint="see whether it is on, and its address")


def stalled(seconds: float) -> CameraStalled:
    return CameraStalled(f"the camera sent no video for {seconds:.0f} s")


def is_lasting(error: BaseException) -> bool:
    """Whether it takes somebody to change something."""
    return isinstance(error, LASTING)
