"""Email against a real mail server on loopback."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from ecg.errors import ConnectionFailed, EcgError, SettingsError
from ecg.messages import InvalidMessage, check_address
from ecg.messages.channels import email
from ecg.messages.channels.email import MessageRefused, send_email
from ecg.settings import Settings
from tests.messages.letters import letter
from tests.messages.mail_server import MailServer, mail_server
from tests.messages.office import in_loop
from tests.net.certificates import authority_for


def settings(server: MailServer | None = None, **chosen: Any) -> Settings:
    port = {} if server is None else {"smtp_port": server.port}
    return Settings(
        data_dir=Path("/nowhere"), **{"smtp_host": "127.0.0.1", "smtp_security": "none", **port, **chosen}
    )


async def send(to: str, chosen: Settings, **values: Any) -> None:
    await send_email(letter(to, **values), chosen)


@in_loop
async def test_a_message_arrives_as_text_and_as_html() -> None:
    async with mail_server() as server:
        await send(
            "kim@example.com", settings(server, email_from="ECG 알림 <no-reply@ecg.example>"), locale="ko"
        )
    [(envelope, mail)] = server.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@ecg.example", ["kim@example.com"])
    assert mail["From"] == "ECG 알림 <no-reply@ecg.example>"
    assert mail["To"] == "kim@example.com"
    assert mail["Subject"] == "이메일 주소를 확인해 주세요"
    assert mail["Message-ID"] == "<msg-1@ecg.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "https://ecg.example/verify#token=a1b2" in text.get_content()
    assert 'href="https://ecg.example/verify#token=a1b2"' in html.get_content()


@in_loop
async def test_no_value_adds_a_header_or_a_recipient() -> None:
    evil = "x\r\nBcc: victim@example.com\r\n\r\nbody"
    async with mail_server() as server:
        await send("kim@example.com", settings(server), template="notice", subject=evil, text=evil)
    [(envelope, mail)] = server.taken
    assert envelope.rcpt_tos == ["kim@example.com"]
    assert mail["Bcc"] is None
    assert mail["Subject"] == "x Bcc: victim@example.com body"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kim",
        "kim@",
        "kim@localhost",
        "a@example.com, b@example.com",
        "kim@example.com\nBcc: b@example.com",
        "Kim <kim@example.com>",
        "kim@example.com>",
        '"a b"@example.com',
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidMessage):
        check_address(address)


@in_loop
async def test_addresses_in_other_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_address("kim@도메인.한국") == "kim@xn--hq1bm8jm9l.xn--3e0b707e"
    async with mail_server() as server:
        await send(check_address("김@example.com"), settings(server))
    [(envelope, _mail)] = server.taken
    assert envelope.rcpt_tos == ["김@example.com"]


@in_loop
async def test_starttls_with_a_certificate_that_is_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = authority_for("localhost")
    chosen = {"smtp_host": "localhost", "smtp_security": "starttls"}
    login = {"smtp_username": "ecg", "smtp_password": "right"}
    async with mail_server(tls=authority.server, auth=True) as server:
        with pytest.raises(ConnectionFailed, match="certificate"):
            await send("kim@example.com", settings(server, **chosen, **login))
        monkeypatch.setattr("ssl.create_default_context", lambda: authority.client)
        await send("kim@example.com", settings(server, **chosen, **login))
        with pytest.raises(ConnectionFailed, match="535"):
            await send(
                "kim@example.com", settings(server, **chosen, smtp_username="ecg", smtp_password="wrong")
            )
    assert server.encrypted == [True]
    assert server.logins[0] == ("ecg", "right")


@in_loop
async def test_no_password_is_sent_over_a_connection_that_is_not_encrypted() -> None:
    async with mail_server(auth=True) as server:
        with pytest.raises(ConnectionFailed):
            await send(
                "kim@example.com",
                settings(server, smtp_security="starttls", smtp_username="ecg", smtp_password="right"),
            )
        assert server.logins == []


async def refusal(server: MailServer) -> EcgError:
    with pytest.raises(EcgError) as refused:
        await send("kim@example.com", settings(server))
    return refused.value


@in_loop
async def test_what_passes_is_told_from_what_stays() -> None:
    async with mail_server(answers=["451 try later", "554 5.7.1 spam"]) as server:
        later, never = await refusal(server), await refusal(server)
    assert (later.code, later.retryable) == ("CONNECTION_ERROR", True)
    assert isinstance(never, MessageRefused)
    assert "554" in never.message
    assert not never.retryable
    async with mail_server(refuse_recipients=True) as server:
        unknown = await refusal(server)
    assert isinstance(unknown, MessageRefused)
    assert "nobody of that name" in unknown.message


@in_loop
async def test_a_server_that_is_away_or_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        chosen = settings(smtp_port=silent.getsockname()[1])
        with pytest.raises(EcgError, match="too long") as refused:
            await send("kim@example.com", chosen)
        assert refused.value.retryable
    with pytest.raises(ConnectionFailed, match="cannot be used"):
        await send("kim@example.com", chosen)


@in_loop
async def test_a_sender_that_is_none_is_the_operators_to_mend() -> None:
    for wrong in ("nobody", "a@b@c", ""):
        with pytest.raises(SettingsError):
            await send("kim@example.com", settings(email_from=wrong))
