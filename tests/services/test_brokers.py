"""The brokers start, pass a message on and go."""

from __future__ import annotations

from kombu import Connection


def _passes_a_message(url: str) -> bool:
    with Connection(url) as connection:
        queue = connection.SimpleQueue("ecg-test")
        queue.put("hello")
        message = queue.get(timeout=10)
        message.ack()
        queue.close()
        return bool(message.payload == "hello")


def test_rabbitmq_passes_a_message_on(rabbitmq_server: str) -> None:
    assert _passes_a_message(rabbitmq_server)


def test_redis_passes_a_message_on(redis_server: str) -> None:
    assert _passes_a_message(redis_server)


def test_sqs_passes_a_message_on(sqs_server: str) -> None:
    assert _passes_a_message(sqs_server)
