"""Webhooks against a real receiver on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ecg.errors import ConnectionFailed, EcgError, ForbiddenUrl
from ecg.jobs.callbacks.signature import webhook_secret
from ecg.messages.channels.email import MessageRefused
from ecg.messages.channels.letter import Letter
from ecg.messages.channels.webhook import send_slack, send_webhook, shown_url
from ecg.settings import Settings
from tests.jobs.callback_receiver import Received, Receiver
from tests.messages.letters import letter

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Send = Callable[[Letter, Settings], Awaitable[None]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, allowed_private_networks="127.0.0.0/8", callback_secret=SECRET)


async def status(code: int) -> Receiver:
    async def answer(_received: Received) -> str:
        return f"{code} Whatever"

    return Receiver(answer)


def test_a_webhook_is_signed_and_repeats_itself(settings: Settings) -> None:
    async def run() -> None:
        async with Receiver().listening() as receiver:
            for _ in range(2):
                await send_webhook(letter(receiver.url, locale="ko", channel="webhook"), settings)
            first, second = receiver.received
            said = first.verified(webhook_secret(SECRET))
            assert said == {
                "type": "verify-email",
                "timestamp": "2027-01-15T08:00:00.000Z",
                "data": {
                    "subject": "이메일 주소를 확인해 주세요",
                    "text": said["data"]["text"],
                    "locale": "ko",
                    "values": {
                        "name": "Kim",
                        "link": "https://ecg.example/verify#token=a1b2",
                        "hours": "24",
                    },
                },
            }
            assert first.id == second.id == "msg-1"
            assert first.body == second.body

    asyncio.run(run())


def test_slack_reads_nothing_but_text(settings: Settings) -> None:
    async def run() -> None:
        async with Receiver().listening() as receiver:
            sent = letter(
                receiver.url, template="notice", channel="slack", subject="<!channel>", text="a & b <@U1>"
            )
            await send_slack(sent, settings)
            assert receiver.received[0].json == {"text": "&lt;!channel&gt;\n\na &amp; b &lt;@U1&gt;"}

    asyncio.run(run())


@pytest.mark.parametrize("send", [send_webhook, send_slack])
def test_what_passes_is_told_from_what_stays_and_no_secret_is_told(send: Send, settings: Settings) -> None:
    async def outcome(code: int) -> EcgError:
        receiver = await status(code)
        async with receiver.listening():
            with pytest.raises(EcgError) as refused:
                await send(letter(f"{receiver.url}/T0/SECRET?k=SECRET"), settings)
        assert "SECRET" not in str(refused.value)
        assert len(receiver.received) == 1
        return refused.value

    async def run() -> None:
        for code in (429, 500, 503):
            assert isinstance(await outcome(code), ConnectionFailed)
        for code in (302, 400, 403, 404, 410):
            assert isinstance(await outcome(code), MessageRefused)

    asyncio.run(run())


@pytest.mark.parametrize("send", [send_webhook, send_slack])
def test_our_own_network_is_not_reached(send: Send, tmp_path: Path) -> None:
    async def run() -> None:
        async with Receiver().listening() as receiver:
            with pytest.raises(ForbiddenUrl, match="may not be reached"):
                await send(letter(f"{receiver.url}/SECRET"), Settings(data_dir=tmp_path))
            assert receiver.received == []

    asyncio.run(run())


def test_a_dead_receiver_is_tried_again(settings: Settings) -> None:
    async def run() -> None:
        async with Receiver().listening() as receiver:
            pass
        with pytest.raises(ConnectionFailed):
            await send_webhook(letter(receiver.url), settings)

    asyncio.run(run())


def test_the_log_tells_the_host_alone() -> None:
    assert shown_url("https://hooks.slack.example/services/T0/B0/secret?x=y") == "https://hooks.slack.example"
