"""The letters of accounts through the real messages: their templates, their links, each once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.typing import EventDict

from ecg.accounts.letters import Letters
from ecg.errors import InputError
from ecg.messages.rendering import render
from tests.accounts.serving import Mailbox
from tests.messages.office import office

pytestmark = pytest.mark.anyio


def person(**changes: Any) -> Any:
    return SimpleNamespace(
        **{
            "user_id": "user",
            "tenant_id": "tenant",
            "username": "지우",
            "email": "jiwoo@example.com",
            "email_verified_at": 1,
            "locale": "ko",
            **changes,
        }
    )


async def test_messages_accepts_them(tmp_path: Path) -> None:
    async with office(f"sqlite:///{tmp_path / 'ecg.db'}", tmp_path) as made:
        letters = Letters(made.messages.send, "https://editor.example/")
        await letters.verify_email(person(), "token", hours=24)
        await letters.verify_email(person(), "token", hours=24)
        await letters.reset_password(person(), "token", hours=1)
        await letters.password_changed(person())
        log = (await made.messages.log(tenant_id="tenant")).messages
        assert [message.template for message in log] == ["password-changed", "reset-password", "verify-email"]
        assert {message.locale for message in log} == {"ko"}
        assert "token" not in str([await made.row(message.message_id) for message in log])


@pytest.mark.parametrize("locale", ["ko", "en"])
async def test_the_link_is_in_them(locale: str) -> None:
    mailbox = Mailbox()
    letters = Letters(mailbox.send, "https://editor.example/app/")
    await letters.verify_email(person(locale=locale), "a+b/c", hours=24)
    await letters.reset_password(person(locale=locale), "a+b/c", hours=1)
    for letter, page in zip(mailbox.letters, ("verify-email", "reset-password"), strict=True):
        read = render(letter.template, letter.locale, letter.values)
        assert f"https://editor.example/app/{page}#token=a%2Bb/c" in read.text
        assert letter.token == "a+b/c"
        assert "지우" in read.text


async def test_a_stranger_chooses_no_words_for_the_owner_of_an_address() -> None:
    mailbox = Mailbox()
    await Letters(mailbox.send, "https://a.example").verify_email(
        person(username="visit evil.example", email_verified_at=None), "token", hours=24
    )
    assert mailbox.letters[0].values["name"] == "jiwoo@example.com"


async def test_a_message_that_cannot_be_sent_stops_nobody(logs: list[EventDict]) -> None:
    async def refuse(**_: Any) -> None:
        raise InputError("no such address: a-secret-token")

    await Letters(refuse, "https://a.example").verify_email(person(), "a-secret-token", hours=24)
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert "a-secret-token" not in repr(logs)
