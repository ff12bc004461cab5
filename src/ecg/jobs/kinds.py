"""Kinds of jobs: what a feature registers, and how the spine finds it.

A feature's `tasks.py` holds one function a kind:

    @job_kind("render", queue="render", deadline=lambda payload: 600, retry=Retry(attempts=3))
    def render(job: JobContext, payload: RenderPayload) -> RenderResult: ...

Payload and result are pydantic models, read from the function's annotations. The function runs in a child
process of a worker, alone with its work folder; it may be killed at any instant and run again elsewhere, so
everything that it leaves behind goes to keys that follow from the job's id.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, get_type_hints

from pydantic import BaseModel

import ecg
from ecg.errors import EcgError, InputError
from ecg.jobs.view import JobView

Payload = TypeVar("Payload", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)
P_contra = TypeVar("P_contra", bound=BaseModel, contravariant=True)
R_co = TypeVar("R_co", bound=BaseModel, covariant=True)


class UnknownKind(InputError):
    code = "UNKNOWN_JOB_KIND"


class Later(Exception):
    """What a function raises to wait without holding a worker, for something that is done elsewhere.

    It is run again, from its beginning, after so many seconds or as soon as somebody calls `Jobs.wake`;
    that is no new attempt, and what it told last stays to be seen.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds


class JobContext(Protocol):
    """What the running function knows of its job, and how it tells how far it is.

    `tell` and `cancelled` are cheap and may be called from any thread.
    """

    tenant_id: str
    job_id: str
    attempt: int
    folder: Path
    """An empty folder for work; removed afterwards, whatever happens."""

    def tell(self, percent: float, stage: str, message: str = "", **details: Any) -> None:
        """Progress in percent; `details` are JSON values that clients of this kind know."""
        ...

    def cancelled(self) -> bool:
        """Whether to stop; the function raises `ecg.errors.Cancelled` soon after it sees True."""
        ...

    def check(self) -> None:
        """Raise Cancelled when the job was cancelled or ran out of time."""
        ...

    def measure(
        self, *, work: float | None = None, deadline: float | None = None, memory_mb: float | None = None
    ) -> None:
        """What the function learns of its job: the work to do, seconds that it may take, peak memory."""
        ...

    def memory_is_short(self) -> bool:
        """Whether the machine is running out of memory: then be slow rather than large."""
        ...

    def keep(self, name: str, make: Callable[[], Any]) -> Any:
        """Something costly that stays warm from job to job in this process (a browser, a model); a context
        manager, left when the process ends."""
        ...


class Run(Protocol[P_contra, R_co]):
    """The function of a kind."""

    def __call__(self, job: JobContext, payload: P_contra, /) -> R_co: ...


@dataclass(frozen=True, slots=True)
class Retry:
    """How often, and after how many seconds; the last pause is used for all further attempts.

    An error is worth another attempt when it says so (`EcgError.retryable`); a lost worker always is.
    """

    attempts: int = 3
    pauses: tuple[float, ...] = (1, 10, 60)

    def pause_after(self, attempt: int) -> float:
        """Seconds to wait after the attempt with this number (the first is 1)."""
        return self.pauses[min(attempt, len(self.pauses)) - 1]


@dataclass(frozen=True, slots=True)
class Need:
    """What a job is expected to take while it runs."""

    memory_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind(Generic[Payload, Result]):
    name: str
    queue: str
    run: Run[Payload, Result]
    payload_type: type[Payload]
    result_type: type[Result]
    deadline: Callable[[Payload], float]
    """Seconds that one attempt may take until the function knows better (`JobContext.measure`)."""
    retry: Retry = Retry()
    timeout_code: str = "TIMEOUT_ERROR"
    need: Callable[[Payload], Need] = lambda _payload: Need(memory_mb=64)
    """What it takes while nothing is measured yet."""
    work: Callable[[Payload], float | None] = lambda _payload: None
    """How much there is to do, as far as the payload tells; None when it does not."""
    callback: Callable[[JobView], dict[str, Any]] | None = None
    """The body of this kind's callbacks; None: the view itself."""
    shown: Callable[[JobView], dict[str, Any] | None] = lambda view: view.result
    """What clients of the job API see of the result: a link in place of a key, for example."""


_kinds: dict[str, JobKind[Any, Any]] = {}


def job_kind(
    name: str, *, queue: str, deadline: Callable[[Payload], float], **policy: Any
) -> Callable[[Run[Payload, Result]], Run[Payload, Result]]:
    """Register a function as a kind of job; `policy` are further fields of `JobKind`."""

    def register(function: Run[Payload, Result]) -> Run[Payload, Result]:
        hints = get_type_hints(function)
        types = [hint for name, hint in hints.items() if name != "return"]
        kind = JobKind(
            name=name,
            queue=queue,
            run=function,
            payload_type=types[1],
            result_type=hints["return"],
            deadline=deadline,
            **policy,
        )
        _kinds[name] = kind
        return function

    return register


def load_kinds(modules: Iterable[str] = ()) -> dict[str, JobKind[Any, Any]]:
    """All kinds: those of the `tasks` module of every feature folder, and of the modules given."""
    for feature in pkgutil.iter_modules(ecg.__path__, "ecg."):
        if feature.ispkg and (Path(ecg.__path__[0]) / feature.name[4:] / "tasks.py").exists():
            importlib.import_module(f"{feature.name}.tasks")
    for module in modules:
        importlib.import_module(module)
    return dict(_kinds)


def find_kind(name: str) -> JobKind[Any, Any]:
    """The kind of this name, of those loaded; raises UnknownKind."""
    try:
        return _kinds[name]
    except KeyError:
        known = ", ".join(sorted(_kinds)) or "none is registered"
        raise UnknownKind(
            f"there is no kind of job {name!r}", where="/kind", hint=f"known: {known}"
        ) from None


def kinds_of(queue: str) -> list[str]:
    """Names of the kinds, of those loaded, whose jobs wait in this queue."""
    return [kind.name for kind in _kinds.values() if kind.queue == queue]


def worth_retrying(error: BaseException) -> bool:
    """Whether the same work may succeed later."""
    return error.retryable if isinstance(error, EcgError) else not isinstance(error, (ValueError, TypeError))
