"""The messages that accounts send: links that prove an address, and news of what happened to an account."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ecg.accounts.refresh_tokens import digest
from ecg.database import Record
from ecg.errors import EcgError

log = structlog.get_logger(__name__)


class Send(Protocol):
    """`ecg.messages.Messages.send`."""

    async def __call__(
        self,
        *,
        tenant_id: str,
        channel: str,
        to: str,
        template: str,
        locale: str,
        values: Mapping[str, str],
        dedupe_key: str,
    ) -> object: ...


class Letters:
    """`frontend` is the URL whose pages the links open."""

    def __init__(self, send: Send, frontend: str) -> None:
        self._send = send
        self._frontend = frontend.rstrip("/")

    async def verify_email(self, user: Record, token: str, *, hours: int) -> None:
        link = self._link("verify-email", token)
        await self._post(user, "verify-email", {"link": link, "hours": str(hours)}, digest(token))

    async def reset_password(self, user: Record, token: str, *, hours: int) -> None:
        link = self._link("reset-password", token)
        await self._post(user, "reset-password", {"link": link, "hours": str(hours)}, digest(token))

    async def password_changed(self, user: Record) -> None:
        await self._post(user, "password-changed", {}, secrets.token_hex(8))

    def _link(self, page: str, token: str) -> str:
        # after the #: what stands there is sent to no server and lands in no log
        return f"{self._frontend}/{page}#token={quote(token)}"

    async def _post(self, user: Record, template: str, values: Mapping[str, str], key: str) -> None:
        """A message that cannot be sent stops nobody: its reader asks for another one."""
        # whoever signed up under somebody else's address must not choose words for the message there
        name = user.username if user.email_verified_at is not None else user.email
        try:
            await self._send(
                tenant_id=user.tenant_id,
                channel="email",
                to=user.email,
                template=template,
                locale=user.locale,
                values={"name": name, **values},
                dedupe_key=f"{template}:{key}",
            )
        except (EcgError, SQLAlchemyError) as error:
            said = type(error).__name__  # its text may hold the values
            log.error(
                "a message of accounts was not sent", template=template, user_id=user.user_id, error=said
            )
