"""The whole way of an alert: found by the watch, sent by a worker, read by a mail server and two webhooks."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ecg.jobs.callbacks.signature import webhook_secret
from ecg.live.alerts.wanted import Channel
from tests.jobs.callback_receiver import Receiver
from tests.live.alerts.test_watch import Desk, desk
from tests.messages.mail_server import mail_server
from tests.messages.office import in_loop


async def all_sent(here: Desk, count: int) -> None:
    """Until so many messages are sent; a busy machine takes a while to start the processes that send them."""
    async with asyncio.timeout(120):
        while True:
            rows = await here.rows.all("SELECT state FROM messages WHERE state = 'sent'")
            if len(rows) == count:
                return
            await asyncio.sleep(0.05)


@in_loop
async def test_mail_slack_and_webhook_hear_of_a_camera_and_of_its_return(tmp_path: Path) -> None:
    async with mail_server() as mail, Receiver().listening() as slack, Receiver().listening() as hook:
        settings = {
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.port,
            "smtp_security": "none",
            "allowed_private_networks": "127.0.0.0/8",
            "public_url": "https://ecg.example",
        }
        async with desk(f"sqlite:///{tmp_path}/ecg.db", tmp_path, **settings) as here:
            here.office.hire()
            await here.want(
                "tenant",
                Channel(kind="email", to="kim@example.com"),
                Channel(kind="slack", to=slack.url),
                Channel(kind="webhook", to=hook.url),
                locale="ko",
                time_zone="Asia/Seoul",
            )
            await here.silent(name="정문 카메라")
            await here.round()
            await all_sent(here, 3)
            [first] = slack.received
            assert first.json["text"].startswith("카메라 정문 카메라 영상이 끊겼습니다")
            await here.heard()
            await here.round()
            await all_sent(here, 6)
            [_, second] = slack.received
            assert "다시 들어옵니다" in second.json["text"]
            bodies = [
                one.verified(webhook_secret(here.office.settings.secret("callback"))) for one in hook.received
            ]
            assert {body["type"] for body in bodies} == {"alert-camera-down", "alert-camera-down-over"}
            assert bodies[0]["data"]["values"]["link"] == "https://ecg.example/monitoring/door"
            subjects = {str(taken["Subject"]) for _, taken in mail.taken}
            assert subjects == {
                "카메라 정문 카메라 영상이 끊겼습니다",
                "카메라 정문 카메라 영상이 다시 들어옵니다",
            }
            assert len(mail.taken) == len(hook.received) == 2
