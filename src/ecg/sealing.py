"""Encrypts what tables must not show: recipients, addresses with passwords.

Fernet (AES-128-CBC and HMAC-SHA256), under a key that HKDF derives from the installation's secret for signed
URLs: every server and worker has that one already. Each purpose has a key of its own, and none tells anything
of another.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def sealer(secret: str, purpose: str) -> Fernet:
    """What encrypts and decrypts for one purpose; `secret` is `Settings.secret("url_signing")`."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return Fernet(base64.urlsafe_b64encode(derive.derive(secret.encode())))
