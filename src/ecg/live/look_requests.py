"""The API server asks a recording host to look at a camera: over Redis, for no server of requests runs
FFmpeg, and the cameras may be in a network that only their host reaches.

A question is an entry of a list, sealed, for it carries the camera's password; the answer goes to a list of
its own that lives a minute. Without Redis, or without a host that answers, it is a clear error.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ecg.errors import ConnectionFailed, EcgError
from ecg.live.cameras.schemas import CameraTestResult
from ecg.live.cameras.sealing import Seal
from ecg.live.cameras.source import Source, parse_source
from ecg.live.recording.looking import look
from ecg.settings import Settings

log = structlog.get_logger(__name__)

QUESTIONS = "ecg:live:looks"
ANSWER_SECONDS = 40.0
"""Until the client is told that nobody answers."""
WAIT_SECONDS = 2
"""Of one call to Redis, which must be less than its client's patience."""
LOOK_SECONDS = 5.0
AT_ONCE = 2
"""Looks of one host."""


class NobodyLooks(ConnectionFailed):
    code = "RECORDING_HOST_AWAY"


class LookFailed(EcgError):
    """An error of a recording host, as it was told."""

    def __init__(self, code: str, message: str, hint: str | None) -> None:
        super().__init__(message, where="/url", hint=hint)
        self.code = code  # type: ignore[misc]  # each has its own


class LookRequests:
    """`ask` on the API server; `answer` on a recording host."""

    def __init__(self, redis: Redis | None, settings: Settings, *, proxy: str | None = None) -> None:
        self._redis = redis
        self._settings = settings
        self._seal = Seal(settings.secret("url_signing"))
        self._proxy = proxy
        self._looking = asyncio.Semaphore(AT_ONCE)

    async def ask(self, source: Source, transport: str) -> CameraTestResult:
        """Raises NobodyLooks, and Refused with the host's error."""
        if self._redis is None:
            raise _away()
        name = secrets.token_hex(16)
        key = f"{QUESTIONS}:{name}"
        question = {
            "answer_to": key,
            "sealed": self._seal.close(source.url),
            "transport": transport,
            "ends": time.time() + ANSWER_SECONDS,
        }
        try:
            await self._redis.rpush(QUESTIONS, json.dumps(question))
            await self._redis.expire(QUESTIONS, 60)
            end = time.monotonic() + ANSWER_SECONDS
            while time.monotonic() < end:
                found = await self._redis.blpop([key], timeout=WAIT_SECONDS)
                if found is not None:
                    return _read(json.loads(found[1]))
        except (RedisError, OSError) as error:
            raise _away() from error
        raise _away()

    async def answer(self) -> None:
        """Answer questions, until cancelled."""
        asking: set[asyncio.Task[None]] = set()
        try:
            while True:
                async with self._looking:
                    pass  # not more questions than can be looked at
                try:
                    found = None
                    if self._redis is not None:
                        found = await self._redis.blpop([QUESTIONS], timeout=WAIT_SECONDS)
                    else:
                        await asyncio.Event().wait()
                except (RedisError, OSError):
                    await asyncio.sleep(WAIT_SECONDS)
                    continue
                if found is not None:
                    task = asyncio.create_task(self._look(json.loads(found[1])))
                    asking.add(task)
                    task.add_done_callback(asking.discard)
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def _look(self, question: dict[str, object]) -> None:
        if float(str(question["ends"])) < time.time():
            return  # whoever asked has left
        async with self._looking:
            answer = await self._looked(str(question["sealed"]), str(question["transport"]))
        key = str(question["answer_to"])
        try:
            assert self._redis is not None  # noqa: S101  # the question came from there
            await self._redis.rpush(key, json.dumps(answer))
            await self._redis.expire(key, 60)
        except (RedisError, OSError) as error:
            log.warning("a look at a camera cannot be told", error=str(error))

    async def _looked(self, sealed: str, transport: str) -> dict[str, object]:
        try:
            source = parse_source(self._seal.open(sealed))
            seen = await look(
                source, self._settings, transport=transport, proxy=self._proxy, seconds=LOOK_SECONDS
            )
        except EcgError as error:
            return {"error": error.as_dict()}
        except Exception:  # a camera is no reason to end
            log.exception("a look at a camera failed")
            return {"error": EcgError("the recording host failed; its log says why").as_dict()}
        still = base64.b64encode(seen.still).decode()
        return {"still": f"data:image/jpeg;base64,{still}", "found": seen.facts.model_dump()}


def _read(answer: dict[str, dict[str, str | None]]) -> CameraTestResult:
    if error := answer.get("error"):
        raise _as_told(error)
    return CameraTestResult.model_validate(answer)


def _as_told(error: dict[str, str | None]) -> Exception:
    from ecg.web.problems import Refused

    told = LookFailed(str(error["code"]), str(error["message"]), error["hint"])
    return Refused(400, told) if told.code != EcgError.code else told


def _away() -> NobodyLooks:
    return NobodyLooks("no recording host answers", hint="start one: ecg live")
