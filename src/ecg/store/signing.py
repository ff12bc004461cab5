"""Links to local objects that work without a token until they expire, as an S3 store's presigned URLs do.

The signature is an HMAC-SHA256 over everything that the link allows: the method, the key, the time, and the
file name or the upload's type and length. A link that was altered in any of them is refused without a reason.

    LinkRefused     LINK_NOT_VALID: no signature, or it does not fit
    └── LinkExpired LINK_EXPIRED: it was right, and its time is over
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ecg.errors import InputError
from ecg.store.keys import ObjectKey, object_key
from ecg.store.objects import SignedUpload, lifetime


class LinkRefused(InputError):
    code = "LINK_NOT_VALID"


class LinkExpired(LinkRefused):
    code = "LINK_EXPIRED"


@dataclass(frozen=True, slots=True)
class Download:
    """What a download link allows."""

    key: ObjectKey
    file_name: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """What an upload link allows."""

    key: ObjectKey
    content_type: str
    size: int
    """Bytes."""
    exact: bool = True
    """Whether the file has so many bytes, or at most so many."""

    def fits(self, size: int) -> bool:
        return size == self.size if self.exact else size <= self.size


class SignedLinks:
    """Makes and reads links below `{public_url}/files/`; every process with the same secret reads them."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._base = f"{public_url.rstrip('/')}/files"
        # A key of its own for this use: the same secret may sign other things elsewhere.
        self._key = hmac.digest(secret.encode(), b"ecg signed file links, version 1", hashlib.sha256)

    def download(self, key: ObjectKey, *, seconds: int, file_name: str | None) -> str:
        fields = {"expires": _deadline(seconds)}
        if file_name is not None:
            fields["name"] = file_name.encode("utf-8", "replace").decode()
        return self._link("GET", key, fields)

    def upload(
        self, key: ObjectKey, *, content_type: str, size: int, seconds: int, exact: bool = True
    ) -> SignedUpload:
        length = {"size" if exact else "most": str(size)}
        fields = {"expires": _deadline(seconds), "type": content_type, **length}
        return SignedUpload(self._link("PUT", key, fields), "PUT", {"Content-Type": content_type})

    def read_download(self, key: str, query: Mapping[str, str]) -> Download:
        """What the link allows; raises LinkRefused or LinkExpired."""
        return Download(self._checked("GET", key, query), query.get("name"))

    def read_upload(self, key: str, query: Mapping[str, str]) -> Upload:
        """What the link allows; raises LinkRefused or LinkExpired."""
        passed = self._checked("PUT", key, query)
        exact = "size" in query
        return Upload(passed, query["type"], int(query["size" if exact else "most"]), exact)

    def _link(self, method: str, key: ObjectKey, fields: Mapping[str, str]) -> str:
        signed = {**fields, "signature": self._signature(method, key, fields)}
        return f"{self._base}/{key}?{urlencode(signed, quote_via=quote)}"

    def _checked(self, method: str, key: str, query: Mapping[str, str]) -> ObjectKey:
        fields = {name: value for name, value in query.items() if name != "signature"}
        expected = self._signature(method, key, fields)
        given = query.get("signature", "")
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            raise LinkRefused("this link is not valid", hint="ask for a new one; a link cannot be changed")
        # The signature fits, so these are the fields that `download` or `upload` wrote.
        if int(fields["expires"]) <= time.time():
            raise LinkExpired("this link has expired", hint="ask for a new one")
        return object_key(key)

    def _signature(self, method: str, key: str, fields: Mapping[str, str]) -> str:
        # JSON keeps the parts apart whatever they hold.
        signed = json.dumps([method, key, sorted(fields.items())])
        return hmac.new(self._key, signed.encode(), hashlib.sha256).hexdigest()


def _deadline(seconds: int) -> str:
    return str(int(time.time()) + lifetime(seconds))
