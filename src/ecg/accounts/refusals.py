"""What accounts refuse, with codes that clients switch on.

Unauthorized                401
├── WrongCredentials        INVALID_CREDENTIALS: address or password is wrong; which one is never told
├── TokenExpired            TOKEN_EXPIRED: refresh, and ask again
├── SessionEnded            SESSION_ENDED: sign in again
└── SessionStolen           REFRESH_TOKEN_REUSED: a refresh token came twice, so all of its sign-in ended
Forbidden                   FORBIDDEN, 403: known, but not allowed
└── MissingScope            INSUFFICIENT_SCOPE, 403: the API key is not for that
Conflict                    409
└── AddressTaken            EMAIL_TAKEN
InputError                  400
├── LinkExpired             LINK_EXPIRED: the token of a message is wrong, used or old
├── WeakPassword            WEAK_PASSWORD
└── ProviderLoginFailed     GOOGLE_LOGIN_FAILED: the provider's answer cannot be trusted
    └── AddressUnverified   EMAIL_NOT_VERIFIED, 403
TooManyAttempts             TOO_MANY_ATTEMPTS, 429: with Retry-After
"""

from __future__ import annotations

import math

from ecg.errors import Conflict, InputError, Unauthorized
from ecg.web import Refused


class WrongCredentials(Unauthorized):
    code = "INVALID_CREDENTIALS"


class TokenExpired(Unauthorized):
    code = "TOKEN_EXPIRED"


class SessionEnded(Unauthorized):
    code = "SESSION_ENDED"


class SessionStolen(SessionEnded):
    code = "REFRESH_TOKEN_REUSED"


class Forbidden(InputError):
    code = "FORBIDDEN"


class MissingScope(Forbidden):
    code = "INSUFFICIENT_SCOPE"


class AddressTaken(Conflict):
    code = "EMAIL_TAKEN"


class LinkExpired(InputError):
    code = "LINK_EXPIRED"


class WeakPassword(InputError):
    code = "WEAK_PASSWORD"


class ProviderLoginFailed(InputError):
    code = "GOOGLE_LOGIN_FAILED"


class AddressUnverified(ProviderLoginFailed):
    code = "EMAIL_NOT_VERIFIED"


class TooManyAttempts(InputError):
    code = "TOO_MANY_ATTEMPTS"

    def __init__(self, what: str, *, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(f"too many {what}", hint=f"try again in {self.seconds} seconds")


def forbidden(message: str, hint: str | None = None) -> Refused:
    """A 403."""
    return Refused(403, Forbidden(message, hint=hint))
