"""A mail server on loopback (aiosmtpd), as strict or as broken as a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """Keeps what it takes; `answers` are given to the first messages in place of taking them."""

    answers: list[str] = field(default_factory=list)
    refuse_recipients: bool = False
    taken: list[tuple[Envelope, EmailMessage]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, *given: Any) -> str:
        _server, _session, envelope, address, _options = given
        if self.refuse_recipients:
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.taken.append((envelope, mail))
        self.encrypted.append(session.ssl is not None)
        return "250 taken"

    def login(self, *given: Any) -> AuthResult:
        data = given[-1]
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right", handled=False)


@contextlib.asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, auth: bool = False, **behaviour: Any
) -> AsyncIterator[MailServer]:
    """One that runs in the test's own event loop."""
    taker = MailServer(**behaviour)
    options: dict[str, Any] = {"enable_SMTPUTF8": True}
    if tls is not None:
        options |= {"tls_context": tls, "require_starttls": True}
    if auth:
        options |= {"authenticator": taker.login, "auth_required": True, "auth_require_tls": tls is not None}
    with warnings.catch_warnings():
        # that a server without TLS asks for passwords, which is what a test wants
        warnings.simplefilter("ignore")
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(taker, loop=loop, **options), "127.0.0.1", 0)
        taker.port = server.sockets[0].getsockname()[1]
        try:
            yield taker
        finally:
            server.close()
            await server.wait_closed()
