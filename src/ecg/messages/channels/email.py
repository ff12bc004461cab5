"""Email by SMTP: text and HTML in one message, over an encrypted connection unless the operator says not to.

A header is only ever made of an address that was checked and of one line of text, and the library refuses
line breaks besides, so no value can add a header or a recipient.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPTimeoutError,
)
from email_validator import EmailNotValidError, validate_email

from ecg.errors import ConnectionFailed, EcgError, InputError, SettingsError, TimedOut
from ecg.messages.channels.letter import Letter
from ecg.messages.channels.outbox import put_into_outbox
from ecg.messages.rendering import InvalidMessage
from ecg.settings import Settings

SECONDS = 30.0
"""For one attempt, from connecting to the server's last word."""


class MessageRefused(InputError):
    """The other side will not take this message, now or later."""

    code = "MESSAGE_REFUSED"


def check_address(address: str) -> str:
    """The address in its usual spelling, in ASCII where it can be; raises InvalidMessage.

    Nobody is asked whether it exists.
    """
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidMessage(f"that is no email address: {error}", where="/to") from None
    return found.ascii_email or found.normalized


async def send_email(letter: Letter, settings: Settings) -> None:
    """Raises ConnectionFailed and TimedOut, which pass, and MessageRefused and SettingsError, which stay."""
    if settings.smtp_host is None:
        await put_into_outbox(letter, settings)
        return
    mail = compose(letter, settings.email_from)
    password = settings.smtp_password
    try:
        async with asyncio.timeout(SECONDS):
            await aiosmtplib.send(
                mail,
                sender=parseaddr(settings.email_from)[1],
                recipients=[letter.to],
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_username,
                password=password.get_secret_value() if password else None,
                use_tls=settings.smtp_security == "tls",
                start_tls=settings.smtp_security == "starttls",
                tls_context=None if settings.smtp_security == "none" else ssl.create_default_context(),
                timeout=SECONDS,
            )
    except (SMTPException, OSError, TimeoutError) as error:
        raise _ours(error, f"{settings.smtp_host}:{settings.smtp_port}") from error


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The message in MIME. Its Message-ID is the same in every attempt: receivers can tell a repeat."""
    mail = EmailMessage(policy=SMTP if letter.to.isascii() else SMTPUTF8)
    mail["From"] = _sender(sender)
    local, _, domain = letter.to.rpartition("@")
    mail["To"] = Address(username=local, domain=domain)
    mail["Subject"] = letter.rendered.subject
    mail["Date"] = format_datetime(datetime.fromtimestamp(letter.created_at / 1000, UTC))
    mail["Message-ID"] = f"<{letter.message_id}@{_sender(sender).domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = letter.locale
    mail.set_content(letter.rendered.text, cte="base64")
    mail.add_alternative(letter.rendered.html, subtype="html", cte="base64")
    return mail


def _sender(text: str) -> Address:
    name, address = parseaddr(text)
    try:
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError):
        raise SettingsError(f"{text!r} is no sender of email", where="EMAIL_FROM") from None


def _ours(error: Exception, server: str) -> EcgError:
    if isinstance(error, SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, SMTPTimeoutError | TimeoutError):
        return TimedOut(f"the mail server {server} took too long")
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionFailed(f"the certificate of the mail server {server} is not valid")
    if isinstance(error, SMTPResponseException):
        said = " ".join(str(error.message).split())[:300]
        # what is wrong with our login is the operator's to mend, and then the message goes out
        if error.code >= 500 and not isinstance(error, SMTPAuthenticationError):
            return MessageRefused(f"the mail server {server} refused the message: {error.code} {said}")
        return ConnectionFailed(f"the mail server {server} answered {error.code} {said}")
    return ConnectionFailed(f"the mail server {server} cannot be used: {error}")
