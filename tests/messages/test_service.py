"""Messages are accepted once, kept sealed, and found in the log; on each database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ecg.errors import ForbiddenUrl, InputError, NotFound
from ecg.messages import InvalidMessage, UnknownTemplate
from ecg.messages.delivery import deliver
from ecg.messages.sealing import Contents, Seal, Unreadable
from ecg.messages.upkeep import mend
from tests.messages.letters import VALUES
from tests.messages.office import in_loop, office


@in_loop
async def test_the_same_key_is_the_same_message(database_url: str, tmp_path: Path) -> None:
    async with office(database_url, tmp_path) as desk:
        first = await asyncio.gather(*(desk.send(dedupe_key="verify:1") for _ in range(6)))
        others = [
            await desk.send(dedupe_key="verify:2"),
            await desk.send(dedupe_key="verify:1", tenant_id="other"),
            await desk.send(),
            await desk.send(),
        ]
        assert len(set(first)) == 1
        assert len({*first, *others}) == 5
        jobs = await desk.messages.jobs.list("tenant", kind="message")
        assert len(jobs.jobs) == 4


@in_loop
async def test_what_a_message_says_is_in_no_table(database_url: str, tmp_path: Path) -> None:
    async with office(database_url, tmp_path) as desk:
        message_id = await desk.send(dedupe_key="verify:a1b2")
        hook = await desk.send(channel="slack", to="https://hooks.slack.example/a1b2")
        for each in (message_id, hook):
            row = await desk.row(each)
            job = await desk.place.row(each)
            assert "a1b2" not in f"{row}{job}"
        opened = Seal(desk.settings.secret("url_signing")).open((await desk.row(message_id)).sealed)
        assert opened == Contents("kim@example.com", VALUES)
        # and nothing at all is left of it once it is sent
        assert await deliver(desk.settings, "tenant", message_id, last=False) == "sent"
        row = await desk.row(message_id)
        assert row.sealed is None
        assert row.sent_at >= row.created_at
        # a second worker that comes later sends nothing
        (tmp_path / "outbox" / f"{message_id}.txt").unlink()
        assert await deliver(desk.settings, "tenant", message_id, last=False) == "sent"
        assert not (tmp_path / "outbox" / f"{message_id}.txt").exists()


@in_loop
async def test_what_cannot_be_sent_is_refused_at_once(tmp_path: Path) -> None:
    async with office(f"sqlite:///{tmp_path}/ecg.db", tmp_path) as desk:
        for error, message in (
            (UnknownTemplate, {"template": "nothing"}),
            (InvalidMessage, {"values": {}}),
            (InvalidMessage, {"to": "nobody"}),
            (InvalidMessage, {"channel": "pigeon"}),
            (ForbiddenUrl, {"channel": "webhook", "to": "file:///etc/passwd"}),
            (ForbiddenUrl, {"channel": "slack", "to": "https://user:word@example.com/"}),
        ):
            with pytest.raises(error):
                await desk.send(**message)
        assert (await desk.messages.log(tenant_id=None)).messages == []
        with pytest.raises(NotFound):
            await desk.messages.get("tenant", "msg-1")


@in_loop
async def test_the_log_keeps_each_attempt_and_gives_up_after_the_last(
    database_url: str, tmp_path: Path
) -> None:
    smtp = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_security": "none"}
    async with office(database_url, tmp_path, **smtp) as desk:
        message_id = await desk.send()
        for last in (False, True):
            with pytest.raises(Exception, match="cannot be used"):
                await deliver(desk.settings, "tenant", message_id, last=last)
            found = await desk.messages.get("tenant", message_id)
            assert found.error_code == "CONNECTION_ERROR"
            assert found.state == ("failed" if last else "pending")
        assert found.attempts == 2
        assert (await desk.row(message_id)).sealed is None


@in_loop
async def test_another_secret_is_a_failure_in_words(tmp_path: Path) -> None:
    async with office(f"sqlite:///{tmp_path}/ecg.db", tmp_path) as desk:
        message_id = await desk.send()
        changed = desk.settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})
        with pytest.raises(Unreadable):
            await deliver(changed, "tenant", message_id, last=False)
        found = await desk.messages.get("tenant", message_id)
        assert (found.state, found.error_code) == ("failed", "MESSAGE_UNREADABLE")


@in_loop
async def test_the_log_is_read_in_pages_and_by_tenant(database_url: str, tmp_path: Path) -> None:
    async with office(database_url, tmp_path) as desk:
        mine = [await desk.send() for _ in range(3)]
        theirs = await desk.send(tenant_id="other")
        first = await desk.messages.log(tenant_id="tenant", limit=2)
        second = await desk.messages.log(tenant_id="tenant", limit=2, cursor=first.next_cursor)
        assert [each.message_id for each in first.messages + second.messages] == mine[::-1]
        assert second.next_cursor is None
        everything = await desk.messages.log(tenant_id=None, state="pending")
        assert [each.message_id for each in everything.messages] == [theirs, *mine[::-1]]
        assert (await desk.messages.log(tenant_id="tenant", state="failed")).messages == []
        for wrong in ("x", "-1", "9" * 20, "１"):
            with pytest.raises(InputError):
                await desk.messages.log(tenant_id=None, cursor=wrong)


@in_loop
async def test_forgotten_messages_are_found(database_url: str, tmp_path: Path) -> None:
    async with office(database_url, tmp_path) as desk:
        without_job, cancelled, fresh = [await desk.send() for _ in range(3)]
        await desk.change("DELETE FROM jobs WHERE job_id = :id", id=without_job)
        await desk.messages.jobs.cancel("tenant", cancelled)
        await desk.change("UPDATE messages SET created_at = 0 WHERE message_id <> :id", id=fresh)
        await mend(desk.messages)
        assert (await desk.messages.jobs.get("tenant", without_job)).kind == "message"
        assert (await desk.messages.get("tenant", without_job)).state == "pending"
        given_up = await desk.messages.get("tenant", cancelled)
        assert (given_up.state, given_up.error_code) == ("failed", "CANCELLED")
        assert (await desk.row(cancelled)).sealed is None
        assert (await desk.messages.get("tenant", fresh)).state == "pending"
