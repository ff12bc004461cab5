"""One Redis connection that publishes: half of what a command through the client's pool costs.

Every job is told to workers by one message, so that this half is worth having.
"""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from ecg.jobs.live.subscriber import OUTAGE


class Publisher:
    """Opened with its first message, taken from the client's pool and never given back."""

    def __init__(self, redis: Redis) -> None:
        self._pool = redis.connection_pool
        self._connection: AbstractConnection | None = None
        self._turn = asyncio.Lock()

    async def publish(self, channel: str, text: str) -> None:
        """Until Redis has it; raises OUTAGE when it is away."""
        async with self._turn:
            if self._connection is None:
                self._connection = await self._pool.get_connection()
            try:
                await self._send(self._connection, channel, text)
            except OUTAGE:  # closed while it was idle, perhaps; a message that comes twice does no harm
                await self._send(self._connection, channel, text)

    async def close(self) -> None:
        async with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                await connection.disconnect(nowait=True)
                await self._pool.release(connection)

    async def _send(self, connection: AbstractConnection, channel: str, text: str) -> None:
        """Connects first where there is no connection."""
        try:
            message = connection.pack_command("PUBLISH", channel, text)
            await connection.send_packed_command(message, check_health=False)
            await connection.read_response()
        except BaseException:  # also when cancelled before the answer: the next one would be taken for it
            await connection.disconnect(nowait=True)
            raise
