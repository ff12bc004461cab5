"""Addresses of cameras are kept encrypted: they carry passwords.

Fernet, under a key of its own that HKDF derives from the installation's secret for signed URLs, as messages
do: every server and every recording host has that one.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ecg.errors import InputError


class AddressUnreadable(InputError):
    code = "CAMERA_ADDRESS_UNREADABLE"


class Seal:
    """`secret` is `Settings.secret("url_signing")`."""

    def __init__(self, secret: str) -> None:
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"ecg camera addresses")
        self._fernet = Fernet(base64.urlsafe_b64encode(derive.derive(secret.encode())))

    def close(self, url: str) -> str:
        return self._fernet.encrypt(url.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises AddressUnreadable when the secret is another one by now."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise AddressUnreadable(
                "the camera's address cannot be decrypted",
                hint="URL_SIGNING_SECRET has to stay the same; else enter the address again",
            ) from None
