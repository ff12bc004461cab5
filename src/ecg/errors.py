"""Every error that ECG raises on purpose.

    EcgError                      code, message, where, hint; exit code 1 (our fault)
    ├── InputError                INVALID_INPUT: what the caller gave cannot be used; exit code 2
    │   ├── UnsupportedFormat     UNSUPPORTED_FORMAT: a file type that we do not read or write
    │   ├── MediaError            INVALID_VIDEO_FORMAT: not a video, no such stream, damaged, forbidden
    │   ├── ScenarioError         SCENARIO_PARSE_ERROR: a broken scenario or subtitle file; `where` points in
    │   ├── LanguageError         UNSUPPORTED_LANGUAGE: no installed speech engine knows the language
    │   ├── OutputError           OUTPUT_NOT_WRITABLE: the place for the result cannot be written
    │   ├── SettingsError         INVALID_SETTING: a variable of the environment; `where` names it
    │   ├── ForbiddenUrl          URL_NOT_ALLOWED: scheme, port or address that we never fetch from
    │   ├── FetchRefused          CONNECTION_ERROR: the other server said no for good (404, 403 …)
    │   ├── TooLarge              INPUT_TOO_LARGE: more bytes than a limit allows
    │   ├── NotFound              NOT_FOUND: no such thing, or not yours
    │   ├── Unauthorized          UNAUTHORIZED: no token, or a wrong one
    │   └── Conflict              CONFLICT: another thing has that id already, or it is in another state
    ├── MissingDependency         MISSING_DEPENDENCY: a program, model or font is not there; see `hint`
    ├── StorageError              STORAGE_ACCESS_ERROR: disk full, object store refused
    ├── ConnectionFailed          CONNECTION_ERROR: another server cannot be reached or refuses
    ├── TimedOut                  TIMEOUT_ERROR: another server, or the work, took too long
    ├── SpeechError               SPEECH_ERROR: an engine failed while listening
    ├── RenderError               RENDER_ERROR: painting or encoding failed
    ├── WorkerLost                WORKER_LOST: the process that did the work died
    └── Cancelled                 CANCELLED: the caller stopped the work

Codes are stable: programs may switch on them. Messages say what happened and to what; `where` says at which
line or JSON pointer; `hint` says what to do next. `retryable` says whether the same work may succeed later.
"""

from __future__ import annotations

from typing import ClassVar


class EcgError(Exception):
    """Base of all errors raised on purpose; `str()` is one readable line."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        at = f" (at {self.where})" if self.where else ""
        return f"{self.message}{at}"

    def as_dict(self) -> dict[str, str | None]:
        """The error as machines read it (`--json`, HTTP bodies)."""
        return {"code": self.code, "message": self.message, "where": self.where, "hint": self.hint}


class InputError(EcgError):
    code = "INVALID_INPUT"
    exit_code = 2


class UnsupportedFormat(InputError):
    code = "UNSUPPORTED_FORMAT"


class MediaError(InputError):
    code = "INVALID_VIDEO_FORMAT"


class ScenarioError(InputError):
    code = "SCENARIO_PARSE_ERROR"


class LanguageError(InputError):
    code = "UNSUPPORTED_LANGUAGE"


class OutputError(InputError):
    code = "OUTPUT_NOT_WRITABLE"


class SettingsError(InputError):
    code = "INVALID_SETTING"


class ForbiddenUrl(InputError):
    code = "URL_NOT_ALLOWED"


class FetchRefused(InputError):
    code = "CONNECTION_ERROR"


class TooLarge(InputError):
    code = "INPUT_TOO_LARGE"


class NotFound(InputError):
    code = "NOT_FOUND"


class Unauthorized(InputError):
    code = "UNAUTHORIZED"


class Conflict(InputError):
    code = "CONFLICT"


class MissingDependency(EcgError):
    code = "MISSING_DEPENDENCY"


class StorageError(EcgError):
    code = "STORAGE_ACCESS_ERROR"
    retryable = True


class ConnectionFailed(EcgError):
    code = "CONNECTION_ERROR"
    retryable = True


class TimedOut(EcgError):
    code = "TIMEOUT_ERROR"
    retryable = True


class SpeechError(EcgError):
    code = "SPEECH_ERROR"
    retryable = True


class RenderError(EcgError):
    code = "RENDER_ERROR"
    retryable = True


class WorkerLost(EcgError):
    code = "WORKER_LOST"
    retryable = True


class Cancelled(EcgError):
    code = "CANCELLED"
