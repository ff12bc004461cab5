"""How the speech server is asked: behind a breaker, tried again while it is away, never believed unread.

    SpeechServerError (ML_SERVER_ERROR, or the code that it gave)     it answered, and said no
    SpeechServerBroke (ML_SERVER_ERROR)                              it answered 5xx, or nonsense
    SpeechServerAway  (CONNECTION_ERROR)                             nobody answers, or it is not asked now
    SpeechServerSlow  (TIMEOUT_ERROR)                                no answer within ML_API_TIMEOUT

All are final for the job: what may help is tried here, a few times with growing pauses and jitter.
"""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import stamina

from ecg.errors import ConnectionFailed, EcgError, FetchRefused, TimedOut
from ecg.library.news import News, SpeechServerError, read_news, reported
from ecg.net import Answer, GuardedClient, policy_of, post_json_with
from ecg.net.breaker import Breaker, CircuitOpen
from ecg.net.limits import within
from ecg.net.targets import parse_target
from ecg.settings import Settings

PROCESS = "/api/upload-video/process-video"
STATUS = "/api/upload-video/status/"
STATUS_SECONDS = 30.0
"""For one look how far it is; shorter where ML_API_TIMEOUT is."""
MOST_BYTES = 64 * 1024**2
"""Of a result; a day of speech has less."""
_NOT_FOUND, _CONFLICT, _TOO_MANY, _OK = 404, 409, 429, 200


class SpeechServerBroke(ConnectionFailed):
    code = "ML_SERVER_ERROR"
    retryable = False


class SpeechServerAway(ConnectionFailed):
    retryable = False


class SpeechServerSlow(TimedOut):
    retryable = False


class UnknownThere(SpeechServerError):
    """It knows no such job."""


@dataclass(frozen=True, slots=True)
class Call:
    """What it is asked to do."""

    job_id: str
    video_url: str
    callback_base: str
    language: str

    def as_json(self) -> dict[str, Any]:
        return {
            "job_id": self.job_id,
            "video_url": self.video_url,
            "fastapi_base_url": self.callback_base,
            "language": self.language,
            "enable_gpu": True,
            "emotion_detection": True,
            "max_workers": 4,
        }


def speech_breaker(redis: Any, settings: Settings) -> Breaker:
    """The breaker before the speech server, as all processes share it."""
    return Breaker(
        redis,
        "speech",
        failures=settings.ml_breaker_failures,
        open_seconds=settings.ml_breaker_seconds,
        probe_seconds=settings.ml_api_timeout + 10,
    )


class SpeechServer:
    def __init__(self, settings: Settings, breaker: Breaker) -> None:
        self._base = settings.model_server_url.rstrip("/")
        self._policy = policy_of(settings, own_urls=[self._base])
        self._timeout = settings.ml_api_timeout
        self._attempts = settings.ml_api_attempts
        self._breaker = breaker
        token = settings.service_token
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}

    async def begin(self, call: Call) -> str | None:
        """Have it analyse a video; answers where it tells how far it is. The same call twice is one."""
        with _final_errors():
            retries = stamina.retry_context(
                on=_may_pass,
                attempts=self._attempts,
                timeout=None,
                wait_initial=0.3,
                wait_max=5,
                wait_jitter=1,
            )
            async for attempt in retries:
                with attempt:
                    async with self._breaker.guard():
                        return await self._begin(call)
        raise AssertionError  # the last attempt raises

    async def look(self, job_id: str, status_url: str | None) -> News:
        """How far it is. Raises UnknownThere when it does not know the job."""
        with _final_errors():
            async with self._breaker.guard():
                news = await self._look(self._status_url(job_id, status_url))
        if news.job_id != job_id:
            raise SpeechServerBroke("the speech server tells of another job than it was asked for")
        return news

    async def _begin(self, call: Call) -> str | None:
        body = json.dumps(call.as_json()).encode()
        async with GuardedClient(self._policy, connections=1) as client:
            answer = await post_json_with(
                client,
                self._base + PROCESS,
                body,
                {"Connection": "close", **self._headers},
                timeout_seconds=self._timeout,
            )
        if answer.status_code == _CONFLICT:  # an earlier attempt of this job came through
            return None
        said = _accepted(answer)
        url = said.get("status_url")
        return url if isinstance(url, str) and len(url) <= 1000 else None

    async def _look(self, url: str) -> News:
        seconds = min(self._timeout, STATUS_SECONDS)
        async with GuardedClient(self._policy, connections=1) as client:
            text, status = await within(
                seconds, _read(client, url, self._headers, seconds), "asking for news"
            )
        if status == _NOT_FOUND:
            raise UnknownThere("the speech server does not know the job any more")
        if status != _OK:
            raise _refusal(status, text)
        try:
            return read_news(text)
        except SpeechServerError as error:
            raise SpeechServerBroke(error.message) from None

    def _status_url(self, job_id: str, told: str | None) -> str:
        """Where it said that it tells, on the server that is ours to ask, and nowhere else."""
        usual = f"{self._base}{STATUS}{job_id}"
        if told is None:
            return usual
        joined = urljoin(f"{self._base}/", told)
        return joined if urlsplit(joined)[:2] == urlsplit(self._base)[:2] else usual


async def _read(
    client: GuardedClient, url: str, headers: dict[str, str], seconds: float
) -> tuple[bytes, int]:
    target = parse_target(url)
    sent = {"Connection": "close", "Accept": "application/json", **headers}
    async with client.request("GET", target, sent, stall_seconds=seconds) as response:
        read = bytearray()
        async with aclosing(response.body()) as pieces:
            async for piece in pieces:
                read += piece
                if len(read) > MOST_BYTES:
                    raise SpeechServerBroke(f"the speech server tells more than {MOST_BYTES} bytes")
        return bytes(read), response.status_code


def _accepted(answer: Answer) -> dict[str, Any]:
    if answer.status_code != _OK:
        raise _refusal(answer.status_code, answer.snippet)
    said = _object(answer.snippet)
    if said is None or "job_id" not in said:
        raise SpeechServerBroke("the speech server answers something that nobody understands")
    return said


def _refusal(status: int, text: bytes | str) -> EcgError:
    """What an answer other than 200 means."""
    if status >= 500 or status == _TOO_MANY:
        return SpeechServerBroke(f"the speech server answered {status}")
    error = (_object(text) or {}).get("error")
    said = error if isinstance(error, dict) else {}
    message = str(said.get("message") or f"the speech server answered {status}")[:1000]
    code = said.get("code")
    return reported(code if isinstance(code, str) else None, message)


def _object(text: bytes | str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _may_pass(error: Exception) -> bool:
    """Whether another try may help; one that took all the time there is does not get it twice."""
    return isinstance(error, ConnectionFailed) and not isinstance(error, CircuitOpen)


class _final_errors:  # noqa: N801  # a context manager, used as one
    """Errors of the network become those that end the job."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, SpeechServerBroke):
            return
        if isinstance(error, ConnectionFailed):
            raise SpeechServerAway(f"the speech server cannot be used: {error.message}", hint=error.hint)
        if isinstance(error, TimedOut):
            raise SpeechServerSlow(
                f"the speech server took too long: {error.message}", hint="try again later"
            )
        if isinstance(error, FetchRefused):
            raise SpeechServerAway(f"the speech server cannot be used: {error.message}")
