"""One guarded HTTP exchange: the request that goes out, and the answer that nobody trusts.

Nothing here is clever: no cookies, no authentication, no decoding, no proxies. What a peer sends is handed on
as bytes with a length that is held against its own declaration. Every failure becomes an error of ours that
says whether trying again makes sense.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

import httpcore2
import httpx2

from ecg.errors import ConnectionFailed, FetchRefused, InputError, TimedOut
from ecg.net.connecting import ExactStream, guarded_pool
from ecg.net.policy import NetworkPolicy
from ecg.net.resolving import Resolver, system_resolver
from ecg.net.targets import Target, parse_target, redirected

MAX_REDIRECTS = 5

_REDIRECTS = {301, 302, 303, 307, 308}
_LATER = {408, 425, 429}
"""Refusals that pass by themselves, besides all of 5xx."""

_HINTS = {
    401: "the link needs a login; give one that works without",
    403: "the link may have expired; make a new one",
    404: "check the link",
    410: "the file is gone; give another link",
}


class Response:
    """The answer to one request, its body still unread."""

    def __init__(self, target: Target, response: httpcore2.Response) -> None:
        self.target = target
        self.status_code = response.status
        self.headers = httpx2.Headers(response.headers)
        self._response = response

    @property
    def length(self) -> int | None:
        """Bytes of the body as declared; None when it ends where it ends."""
        declared = self.headers.get("content-length", "")
        return int(declared) if declared.isdecimal() and "transfer-encoding" not in self.headers else None

    async def body(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes, in pieces of at most 64 KiB; close it with `contextlib.aclosing`."""
        stream = self._stream()
        due = stream.due = self.length
        async for piece in self._response.aiter_stream():
            if due is not None:
                due = stream.due = due - len(piece)
            yield piece

    async def goes_on(self) -> bool:
        """Whether more comes after the end that was declared."""
        if self.length is None:
            return False
        try:
            return bool(await self._stream().read(1, timeout=0.1))
        except (httpcore2.TimeoutException, httpcore2.NetworkError):
            return False

    def check_success(self) -> None:
        """Raises FetchRefused for a refusal that stays, ConnectionFailed for one that may pass."""
        status = self.status_code
        if status in _LATER or status >= 500:
            raise ConnectionFailed(f"{self.target.shown} answered {status}", hint="try again later")
        if status not in (200, 206):
            raise FetchRefused(f"{self.target.shown} answered {status}", hint=_HINTS.get(status))
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", ""):
            raise FetchRefused(f"{self.target.shown} sends the file compressed though it was asked not to")

    def _stream(self) -> ExactStream:
        stream = self._response.extensions["network_stream"]
        assert isinstance(stream, ExactStream)  # noqa: S101 - made by our own backend
        return stream


class GuardedClient:
    """Connections that obey one policy; they are kept for a few seconds and used again."""

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        connections: int = 10,
    ) -> None:
        """`tls` replaces the system's certificate authorities; `connections` are open at once at the most."""
        self._pool = guarded_pool(policy, resolver, tls=tls, connections=connections)

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._pool.__aexit__(kind, error, traceback)

    async def aclose(self) -> None:
        await self._pool.aclose()

    @asynccontextmanager
    async def get(
        self, url: str, headers: Mapping[str, str], *, stall_seconds: float
    ) -> AsyncIterator[Response]:
        """GET, following redirects; each is checked like the first URL. See `request` for the rest."""
        target = parse_target(url)
        for _ in range(MAX_REDIRECTS + 1):
            async with self.request("GET", target, headers, stall_seconds=stall_seconds) as response:
                if response.status_code not in _REDIRECTS:
                    yield response
                    return
                if "location" not in response.headers:
                    raise FetchRefused(f"{target.shown} redirects to nowhere")
                target = redirected(target, response.headers["location"])
        raise FetchRefused(f"{parse_target(url).shown} redirects more than {MAX_REDIRECTS} times")

    @asynccontextmanager
    async def request(
        self,
        method: str,
        target: Target,
        headers: Mapping[str, str],
        *,
        content: bytes | None = None,
        stall_seconds: float,
    ) -> AsyncIterator[Response]:
        """One exchange; the answer's head is here within `stall_seconds`, its body is read by the caller.

        Raises ForbiddenUrl, ConnectionFailed (no connection, or it broke), TimedOut, FetchRefused (its
        certificate) and InputError (a header that cannot be sent).
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(_our_errors(target))
            try:
                async with asyncio.timeout(stall_seconds):
                    response = await stack.enter_async_context(
                        self._pool.stream(
                            method,
                            _url(target),
                            headers=_headers(target, headers),
                            content=content,
                            extensions={
                                "timeout": dict.fromkeys(("connect", "read", "write"), stall_seconds)
                            },
                        )
                    )
            except TimeoutError as error:
                raise _too_slow(target) from error
            yield Response(target, response)


def _url(target: Target) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=target.scheme.encode(),
        host=target.host.encode(),
        port=target.port,
        target=target.url.raw_path,
    )


def _headers(target: Target, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    sent = {
        "Host": target.host_header,
        "User-Agent": "ecg",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        **headers,
    }
    try:
        return [(name.encode("ascii"), value.encode("ascii")) for name, value in sent.items()]
    except UnicodeEncodeError as error:
        raise InputError(f"a header for {target.host} is not ASCII") from error


@contextmanager
def _our_errors(target: Target) -> Iterator[None]:
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise _too_slow(target) from error
    except httpcore2.ConnectError as error:
        for reason in error.args:
            if isinstance(reason, ssl.SSLCertVerificationError):
                said = reason.verify_message.rstrip(".")
                raise FetchRefused(f"the certificate of {target.host} is not valid: {said}") from error
        raise ConnectionFailed(f"{target.host} cannot be reached", hint="is the server running?") from error
    except (httpcore2.NetworkError, httpcore2.RemoteProtocolError) as error:
        raise ConnectionFailed(f"the connection to {target.host} broke: {error}") from error
    except httpcore2.LocalProtocolError as error:
        raise InputError(f"the request to {target.host} cannot be sent: {error}") from error


def _too_slow(target: Target) -> TimedOut:
    return TimedOut(f"{target.host} did not answer in time", hint="try again later")
