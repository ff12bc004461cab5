"""Short-lived tickets to watch one job, for clients that cannot send headers: browsers' WebSocket and
EventSource. A ticket stands in the URL, so it is worth little and ends soon.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

from ecg.errors import Unauthorized

LIFE_SECONDS = 60


class Tickets:
    """`secret` is shared by all servers of an installation."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def issue(self, tenant_id: str, job_id: str, *, seconds: int = LIFE_SECONDS) -> tuple[str, int]:
        """A ticket, and when it ends in seconds since 1970."""
        ends = int(time.time()) + seconds
        tenant = base64.urlsafe_b64encode(tenant_id.encode()).decode().rstrip("=")
        return f"{ends}.{tenant}.{self._signature(ends, tenant, job_id)}", ends

    def check(self, ticket: str, job_id: str) -> str:
        """The tenant that the ticket was issued to; raises Unauthorized."""
        try:
            ends, tenant, signature = ticket.split(".")
            right = hmac.compare_digest(
                signature.encode(), self._signature(int(ends), tenant, job_id).encode()
            )
            if right and int(ends) >= time.time():
                return base64.urlsafe_b64decode(tenant + "=" * (-len(tenant) % 4)).decode()
        except ValueError:
            pass
        raise Unauthorized("the ticket is wrong, ended, or of another job", hint="ask for a new ticket")

    def _signature(self, ends: int, tenant: str, job_id: str) -> str:
        message = f"watch\n{ends}\n{tenant}\n{job_id}".encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()
