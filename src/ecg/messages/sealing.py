"""What a message needs until it is sent is kept encrypted: it may carry a one-time token."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from cryptography.fernet import InvalidToken

from ecg.errors import InputError
from ecg.sealing import sealer


class Unreadable(InputError):
    code = "MESSAGE_UNREADABLE"


@dataclass(frozen=True, slots=True)
class Contents:
    """To whom, and what the template is filled with."""

    to: str
    values: dict[str, str]


class Seal:
    """`secret` is `Settings.secret("url_signing")`."""

    def __init__(self, secret: str) -> None:
        self._fernet = sealer(secret, "ecg messages")

    def close(self, contents: Contents) -> str:
        return self._fernet.encrypt(json.dumps(asdict(contents)).encode()).decode()

    def open(self, sealed: str) -> Contents:
        """Raises Unreadable when the secret is another one by now."""
        try:
            return Contents(**json.loads(self._fernet.decrypt(sealed.encode())))
        except InvalidToken:
            raise Unreadable(
                "the message cannot be decrypted",
                hint="URL_SIGNING_SECRET has to be the same on all machines, and stay the same",
            ) from None
