"""Access tokens: JSON Web Tokens (RFC 7519, profile RFC 9068) that say who calls, without a look anywhere.

One algorithm, one type, one audience: a token that says anything else is refused before its claims are
read, so no token that was made for another purpose (a Google ID token, a refresh flow) works as one of these.
Nothing ends a token before its time; that is why it is short.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry

from ecg.accounts.principal import Principal
from ecg.accounts.refusals import TokenExpired
from ecg.errors import Unauthorized

ALGORITHM = "HS256"
TYPE = "at+jwt"
ISSUER = "ecg"
AUDIENCE = "ecg-api"
LEEWAY_SECONDS = 5
"""How far the clocks of our servers may differ."""
MAX_LENGTH = 4096


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and how many seconds it works."""

    text: str
    expires_in: int


class AccessTokens:
    """`secret` is shared by all servers of an installation."""

    def __init__(self, secret: str, *, life_seconds: int) -> None:
        self._key = OctKey.import_key(secret.encode())
        self._life = life_seconds
        self._registry = JWSRegistry(algorithms=[ALGORITHM])
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            tenant={"essential": True},
            role={"essential": True, "values": ["user", "admin"]},
        )

    def issue(self, principal: Principal, *, life_seconds: int | None = None) -> AccessToken:
        """`life_seconds` other than the setting's is for tests and operators."""
        now = int(time.time())
        life = self._life if life_seconds is None else life_seconds
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": principal.user_id,
            "tenant": principal.tenant_id,
            "role": principal.role,
            "iat": now,
            "exp": now + life,
            "jti": secrets.token_hex(8),
        }
        if principal.session_id is not None:
            claims["sid"] = principal.session_id
        text = jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, self._key, registry=self._registry)
        return AccessToken(text, life)

    def check(self, text: str) -> Principal:
        """Raises TokenExpired, and Unauthorized for anything else that is wrong."""
        if len(text) > MAX_LENGTH:
            raise _wrong()
        try:
            token = jwt.decode(text, self._key, registry=self._registry)
            if token.header.get("typ") != TYPE:
                raise _wrong()
            self._claims.validate(token.claims)
        except ExpiredTokenError:
            raise TokenExpired("the access token has expired", hint="POST /api/auth/refresh") from None
        except (JoseError, ValueError, TypeError):
            raise _wrong() from None
        claims = token.claims
        if not isinstance(claims["tenant"], str):
            raise _wrong()
        return Principal(
            user_id=claims["sub"],
            tenant_id=claims["tenant"],
            role=claims["role"],
            session_id=claims.get("sid"),
        )


def _wrong() -> Unauthorized:
    return Unauthorized("the access token is wrong", hint="sign in again")
