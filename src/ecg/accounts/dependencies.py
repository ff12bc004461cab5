"""What a route declares to know who calls: `CurrentUser`, `CurrentPerson`, `CurrentAdmin`.

    @router.get("/api/projects")
    async def projects(who: CurrentUser) -> …

`Authorization: Bearer` carries an access token, or an API key. Of a key the scopes are checked here, for
every route alike: reading routes (GET, HEAD) need `read`, the others `write`; a key may be limited further to
areas, which are the routes' first tags (`projects:read`). A new router joins by having a tag.
"""

from __future__ import annotations

from typing import Annotated, Protocol

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from ecg.accounts.principal import Principal
from ecg.accounts.refusals import MissingScope, forbidden
from ecg.errors import Unauthorized
from ecg.web import Refused

READING = ("GET", "HEAD", "OPTIONS", "WEBSOCKET")

_documented = HTTPBearer(
    auto_error=False, scheme_name="account", description="An access token of /api/auth/login, or an API key."
)


class Identities(Protocol):
    """Who knows callers: an application has one as `app.state.identities`."""

    async def identify(self, token: str) -> Principal:
        """Raises Unauthorized."""

    async def is_admin(self, user_id: str) -> bool:
        """Whether that is an administrator now, whatever an older token says."""


async def principal_of(connection: HTTPConnection) -> Principal:
    """Who calls, by the request's header; raises Unauthorized."""
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    if not given.strip():
        raise Unauthorized("a token is needed", hint="send Authorization: Bearer, then the access token")
    if scheme.lower() != "bearer":
        raise Unauthorized("the token is of a kind not known here", hint="send Authorization: Bearer")
    identities: Identities = connection.app.state.identities
    return await identities.identify(given.strip())


async def current_user(
    connection: HTTPConnection,
    _: Annotated[HTTPAuthorizationCredentials | None, Security(_documented)] = None,
) -> Principal:
    """Dependency of routes: who calls, person or program."""
    principal = await principal_of(connection)
    if principal.key_id is not None:
        check_scope(principal, connection)
    return principal


async def current_person(principal: Annotated[Principal, Depends(current_user)]) -> Principal:
    """Dependency of routes that no program may use with a key."""
    if principal.key_id is not None:
        raise forbidden("API keys may not change accounts", "sign in")
    return principal


async def current_admin(
    connection: HTTPConnection, principal: Annotated[Principal, Depends(current_user)]
) -> Principal:
    """Dependency of routes for administrators; the role is looked up, for a token may be older than it."""
    identities: Identities = connection.app.state.identities
    if principal.role != "admin" or not await identities.is_admin(principal.user_id):
        raise forbidden("this is for administrators")
    return principal


CurrentUser = Annotated[Principal, Depends(current_user)]
CurrentPerson = Annotated[Principal, Depends(current_person)]
CurrentAdmin = Annotated[Principal, Depends(current_admin)]


def check_scope(principal: Principal, connection: HTTPConnection) -> None:
    """Raises a 403 when the key's scopes do not cover the route."""
    if not principal.scopes:
        return
    access = "read" if connection.scope.get("method", "WEBSOCKET") in READING else "write"
    tags = getattr(connection.scope.get("route"), "tags", None) or ()
    enough = {access, *(f"{tag}:{access}" for tag in tags)}
    if not enough & principal.scopes:
        needed = f"{tags[0]}:{access}" if tags else access
        raise Refused(
            403, MissingScope(f"the API key lacks the scope {needed}", hint="make a key with that scope")
        )
