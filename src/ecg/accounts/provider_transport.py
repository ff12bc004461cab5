"""Lets Authlib's client speak through the one door to the network, which bounds and checks everything."""

from __future__ import annotations

from contextlib import aclosing

import httpx2

from ecg.errors import ConnectionFailed
from ecg.net import GuardedClient
from ecg.net.targets import parse_target

ANSWER_BYTES = 1024 * 1024
STALL_SECONDS = 10.0
_OWN = {"host", "connection", "content-length", "accept-encoding", "user-agent"}
"""Headers that the door or the connection sets itself."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    def __init__(self, client: GuardedClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises what `GuardedClient.request` raises, and ConnectionFailed for an endless answer."""
        content = await request.aread()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN}
        if content:
            headers["Content-Length"] = str(len(content))
        target = parse_target(str(request.url))
        async with self._client.request(
            request.method, target, headers, content=content, stall_seconds=STALL_SECONDS
        ) as response:
            read = bytearray()
            async with aclosing(response.body()) as pieces:
                async for piece in pieces:
                    read += piece
                    if len(read) > ANSWER_BYTES:
                        raise ConnectionFailed(f"{target.shown} answers without end")
            return httpx2.Response(
                response.status_code, headers=response.headers, content=bytes(read), request=request
            )
