"""Messages arrive, also after Redis closed the connection or began anew."""

from __future__ import annotations

import asyncio

import pytest

from ecg.jobs.live.publisher import Publisher
from ecg.jobs.live.subscriber import OUTAGE
from tests.jobs.live_redis import LiveRedis, live_redis


async def heard(redis: LiveRedis, publisher: Publisher, texts: list[str]) -> list[str]:
    """What a listener hears while these are published, side by side."""
    async with redis.client().pubsub() as pubsub:
        await pubsub.subscribe("news")
        assert await pubsub.get_message(timeout=30)
        await asyncio.gather(*(publisher.publish("news", text) for text in texts))
        messages = [await pubsub.get_message(timeout=30) for _ in texts]
    return [message["data"].decode() for message in messages if message]


def test_messages_arrive_in_their_order() -> None:
    async def run() -> None:
        async with live_redis() as redis:
            publisher = Publisher(redis.client())
            texts = [str(number) for number in range(50)]
            assert await heard(redis, publisher, texts) == texts
            await publisher.close()
            assert await heard(redis, publisher, ["again"]) == ["again"]
            await publisher.close()

    asyncio.run(run())


def test_a_connection_that_was_closed_is_made_anew() -> None:
    async def run() -> None:
        async with live_redis() as redis:
            publisher = Publisher(redis.client())
            await publisher.publish("news", "first")
            await redis.client().client_kill_filter(_type="normal", skipme=True)
            assert await heard(redis, publisher, ["second"]) == ["second"]
            redis.kill()
            with pytest.raises(OUTAGE):
                await publisher.publish("news", "lost")
            await redis.start()
            assert await heard(redis, publisher, ["third"]) == ["third"]
            await publisher.close()

    asyncio.run(run())


def test_a_cancelled_message_disturbs_no_other() -> None:
    async def run() -> None:
        async with live_redis() as redis:
            publisher = Publisher(redis.client())
            for turn in range(40):
                task = asyncio.create_task(publisher.publish("nobody", "cancelled"))
                for _ in range(turn % 5):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            assert await heard(redis, publisher, ["after"]) == ["after"]
            await publisher.close()

    asyncio.run(run())
