"""A URL taken apart once: what is checked here is what is connected to, so no two parsers can disagree.

Refused whatever the policy: schemes other than http and https, user names and passwords, control characters,
host names that are none, and addresses in disguise (2130706433, 0x7f.1, 0177.0.0.1), which some resolvers
read as IPv4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx2

from ecg.errors import ForbiddenUrl
from ecg.net.addresses import parse_address

MAX_URL_CHARACTERS = 8192
"""Longer than any signed link that a store hands out."""

_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HINT = "give an http or https URL that the whole internet can reach"


@dataclass(frozen=True)
class Target:
    """Where a URL leads. `host` is ASCII in lower case, an IPv6 address without brackets."""

    url: httpx2.URL
    scheme: str
    host: str
    port: int

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def shown(self) -> str:
        """The URL for messages and logs: without its query, which may carry a signature."""
        path = self.url.path
        return f"{self.scheme}://{self.host_header}{path if len(path) <= 200 else path[:200] + '…'}"


def parse_target(url: str | httpx2.URL) -> Target:
    """Take `url` apart; raises ForbiddenUrl, which never repeats secrets of the URL."""
    parsed = _parsed(url)
    if parsed.scheme not in _PORTS:
        raise ForbiddenUrl(f"URLs of the scheme {parsed.scheme[:20]!r} are not fetched", hint=_HINT)
    if parsed.userinfo:
        raise ForbiddenUrl("the URL carries a user name or password", hint="use a signed link instead")
    host = parsed.raw_host.decode("ascii").lower()
    if parse_address(host) is None:
        _check_name(host)
    port = parsed.port if parsed.port is not None else _PORTS[parsed.scheme]
    return Target(parsed.copy_with(fragment=None), parsed.scheme, host, port)


def redirected(target: Target, location: str) -> Target:
    """Where a redirect of `target` leads; raises ForbiddenUrl."""
    try:
        joined = target.url.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise ForbiddenUrl(f"{target.shown} redirects to something that is no URL") from error
    return parse_target(joined)


def _parsed(url: str | httpx2.URL) -> httpx2.URL:
    if len(str(url)) > MAX_URL_CHARACTERS:
        raise ForbiddenUrl(f"the URL is longer than {MAX_URL_CHARACTERS} characters", hint=_HINT)
    try:
        return httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise ForbiddenUrl("the URL is malformed", hint=_HINT) from error


def _check_name(host: str) -> None:
    labels = host.removesuffix(".").split(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ForbiddenUrl("the URL's host is no host name", hint=_HINT)
    if _NUMBER.fullmatch(labels[-1]):
        raise ForbiddenUrl("the URL's host is an address in an unusual spelling", hint=_HINT)
