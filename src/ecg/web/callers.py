"""Who calls: programs by the service token; without one, only whoever sits at this machine.

A server without a token listens on loopback alone (the command line sees to it). That is not enough against
a web page in a browser on this machine, so then `Host` and `Origin` must be of this machine too.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Query, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from ecg.errors import Unauthorized
from ecg.web.tickets import Tickets

SERVICE = "service"
"""The tenant of programs with the service token."""

_documented = HTTPBearer(auto_error=False, description="The service token (`SERVICE_TOKEN`).")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose jobs a request may see and change."""

    tenant_id: str


@dataclass(frozen=True, slots=True)
class Access:
    """What an application knows of its callers. `token` None: callers on this machine need none."""

    token: str | None
    tickets: Tickets

    def caller(self, connection: HTTPConnection) -> Caller:
        """Raises Unauthorized."""
        if self.token is None:
            if is_local(connection):
                return Caller(SERVICE)
            raise Unauthorized(
                "this server answers programs on its own machine only", hint="set SERVICE_TOKEN, and send it"
            )
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        if not given:
            raise Unauthorized("a token is needed", hint="send Authorization: Bearer, then the service token")
        if scheme.lower() != "bearer" or not _same(given.strip(), self.token):
            raise Unauthorized("the token is wrong")
        return Caller(SERVICE)


async def caller(
    connection: HTTPConnection,
    _: Annotated[HTTPAuthorizationCredentials | None, Security(_documented)] = None,
) -> Caller:
    """Dependency of routes: who calls."""
    access: Access = connection.app.state.access
    return access.caller(connection)


async def viewer(
    connection: HTTPConnection,
    job_id: str,
    token: Annotated[
        str | None, Query(description="A ticket, where headers cannot be sent", max_length=512)
    ] = None,
) -> Caller:
    """Dependency of routes that watch one job, WebSockets among them: by header or by ticket."""
    access: Access = connection.app.state.access
    if token is not None:
        return Caller(access.tickets.check(token, job_id))
    return access.caller(connection)


def is_local(connection: HTTPConnection) -> bool:
    """Whether the request comes from this machine, and not from a page of another site."""
    if connection.client is None or not _is_address(connection.client.host):
        return True  # a Unix socket, or a call inside the process
    origin = connection.headers.get("origin")
    return (
        ip_address(connection.client.host).is_loopback
        and _names_this_machine("//" + connection.headers.get("host", ""))
        and (origin is None or _names_this_machine(origin))
    )


def _names_this_machine(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())
