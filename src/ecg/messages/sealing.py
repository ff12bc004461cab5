"""What a message needs until it is sent is kept encrypted: it may carry a one-time token.

Fernet (AES-128-CBC and HMAC-SHA256), under a key that HKDF derives from the installation's secret for signed
URLs: every server and worker has that one already, and neither key tells anything of the other.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ecg.errors import InputError


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
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"ecg messages")
        self._fernet = Fernet(base64.urlsafe_b64encode(derive.derive(secret.encode())))

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
