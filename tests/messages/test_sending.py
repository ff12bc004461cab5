"""The whole way: accepted by a server, sent by a worker's process, refused and tried again."""

from __future__ import annotations

from pathlib import Path

from ecg.jobs.states import State
from tests.jobs.callback_receiver import Receiver
from tests.messages.mail_server import mail_server
from tests.messages.office import in_loop, office


@in_loop
async def test_a_message_is_tried_until_it_is_taken(tmp_path: Path) -> None:
    async with mail_server(answers=["451 not now"]) as mail, Receiver().listening() as receiver:
        settings = {
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.port,
            "smtp_security": "none",
            "allowed_private_networks": "127.0.0.0/8",
        }
        async with office(f"sqlite:///{tmp_path}/ecg.db", tmp_path, **settings) as desk:
            desk.hire()
            letter = await desk.send(dedupe_key="verify:1", locale="ko")
            hook = await desk.send(channel="webhook", to=receiver.url)
            refused = await desk.until(letter, lambda found: found.attempts == 1)
            assert refused.state == "pending"
            assert "451" in (refused.error_message or "")
            assert (await desk.until(hook, lambda found: found.state == "sent")).attempts == 1
            sent = await desk.until(letter, lambda found: found.state == "sent")
            assert (sent.attempts, sent.error_code) == (2, None)
            assert (await desk.send(dedupe_key="verify:1")) == letter
            assert (await desk.messages.jobs.load("tenant", letter)).state is State.DONE
        [(_, taken)] = mail.taken
        assert taken["Subject"] == "이메일 주소를 확인해 주세요"
        assert len(receiver.received) == 1


@in_loop
async def test_a_refusal_for_good_ends_it(tmp_path: Path) -> None:
    async with mail_server(refuse_recipients=True) as mail:
        settings = {"smtp_host": "127.0.0.1", "smtp_port": mail.port, "smtp_security": "none"}
        async with office(f"sqlite:///{tmp_path}/ecg.db", tmp_path, **settings) as desk:
            desk.hire()
            letter = await desk.send()
            found = await desk.until(letter, lambda found: found.state == "failed")
            assert (found.attempts, found.error_code) == (1, "MESSAGE_REFUSED")
            job = await desk.place.jobs.load("tenant", letter)
            assert job.error_code in (None, "MESSAGE_REFUSED")  # the worker may not have told yet
