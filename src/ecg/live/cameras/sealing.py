"""Addresses of cameras are kept encrypted: they carry passwords."""

from __future__ import annotations

from cryptography.fernet import InvalidToken

from ecg.errors import InputError
from ecg.sealing import sealer


class AddressUnreadable(InputError):
    code = "CAMERA_ADDRESS_UNREADABLE"


class Seal:
    """`secret` is `Settings.secret("url_signing")`."""

    def __init__(self, secret: str) -> None:
        self._fernet = sealer(secret, "ecg camera addresses")

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
