"""An OpenID provider, Google by default: where it sends people, and what it says about them afterwards.

OpenID Connect's code flow (Core 1.0, 3.1) with PKCE (RFC 7636), by Authlib; ID tokens are checked by joserfc
with algorithms that are fixed here, so that neither `none` nor a secret taken for a public key can sign one.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import structlog
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from ecg.accounts.provider_transport import GuardedTransport
from ecg.accounts.refusals import ProviderLoginFailed
from ecg.errors import ConnectionFailed
from ecg.net import GuardedClient, policy_of
from ecg.settings import Settings

log = structlog.get_logger(__name__)

ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
"""With public keys only."""
LEEWAY_SECONDS = 60
KEPT_SECONDS = 3600.0
REFETCH_SECONDS = 30.0
"""How often a key that we do not know makes us ask for the keys again."""
SCOPE = "openid email profile"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Flow:
    """What only this sign-in and this browser know: made when it begins, needed when it ends."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """Who the provider says that somebody is."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    name: str | None


class Provider:
    """`redirect_uri` is ours, as registered there. What the provider publishes is kept for an hour."""

    def __init__(self, settings: Settings, *, redirect_uri: str) -> None:
        self.issuer = settings.google_issuer
        self._client_id = settings.google_client_id or ""
        secret = settings.google_client_secret
        self._client_secret = secret.get_secret_value() if secret else None
        self._redirect_uri = redirect_uri
        # the issuer is the operator's word; its endpoints may be on other public hosts
        self._policy = policy_of(settings, own_urls=[self.issuer])
        self._published: dict[str, Any] = {}
        self._published_at = -KEPT_SECONDS
        self._keys: KeySet | None = None
        self._keys_at = -KEPT_SECONDS

    async def authorization_url(self, flow: Flow) -> str:
        """Where to send the browser. Raises ConnectionFailed or TimedOut when the provider is away."""
        published = await self._metadata()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                published["authorization_endpoint"],
                state=flow.state,
                nonce=flow.nonce,
                code_verifier=flow.verifier,
            )
        return str(url)

    async def redeem(self, code: str, flow: Flow) -> ProvenIdentity:
        """Who came back with that code. Raises ProviderLoginFailed, or as `authorization_url`."""
        published = await self._metadata()
        async with self._client() as client:
            try:
                token = await client.fetch_token(
                    published["token_endpoint"],
                    code=code,
                    code_verifier=flow.verifier,
                    grant_type="authorization_code",
                )
            except OAuthError as error:
                raise _failed(f"the provider refused the code: {error.error}") from error
            except (httpx2.HTTPError, ValueError) as error:
                raise ConnectionFailed("the provider's answer cannot be read", hint="try again") from error
        text = token.get("id_token")
        if not isinstance(text, str):
            raise _failed("the provider sent no ID token")
        claims = await self._claims(text, flow.nonce, token.get("access_token"))
        email = claims.get("email")
        name = claims.get("name")
        return ProvenIdentity(
            issuer=self.issuer,
            subject=claims["sub"],
            email=email if isinstance(email, str) else None,
            email_verified=claims.get("email_verified") is True,
            name=name if isinstance(name, str) else None,
        )

    async def _claims(self, text: str, nonce: str, access_token: str | None) -> Mapping[str, Any]:
        """The ID token's claims, once everything about it is right (OpenID Connect Core, 3.1.3.7)."""
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            try:
                token = jwt.decode(text, await self._key_set(), registry=registry)
            except InvalidKeyIdError:  # they change their keys now and then
                token = jwt.decode(text, await self._key_set(newer=True), registry=registry)
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "sub": {"essential": True},
                },
                {"nonce": nonce, "client_id": self._client_id, "access_token": access_token},
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError) as error:
            raise _failed(f"the ID token is wrong: {error}") from error
        found: Mapping[str, Any] = claims
        return found

    async def _metadata(self) -> dict[str, Any]:
        if time.monotonic() - self._published_at < KEPT_SECONDS:
            return self._published
        found = await self._fetch(get_well_known_url(self.issuer, external=True))
        if found.get("issuer") != self.issuer:
            raise ConnectionFailed("the provider calls itself otherwise than GOOGLE_ISSUER")
        scheme = urlsplit(self.issuer).scheme
        for name in _ENDPOINTS:
            if urlsplit(str(found.get(name))).scheme not in (scheme, "https"):
                raise ConnectionFailed(f"the provider names no usable {name}")
        self._published, self._published_at = found, time.monotonic()
        return found

    async def _key_set(self, *, newer: bool = False) -> KeySet:
        age = time.monotonic() - self._keys_at
        if self._keys is None or age > (REFETCH_SECONDS if newer else KEPT_SECONDS):
            published = await self._metadata()
            try:
                self._keys = KeySet.import_key_set(await self._fetch(published["jwks_uri"]))  # type: ignore[arg-type]
            except (JoseError, KeyError, ValueError, TypeError) as error:
                raise ConnectionFailed("the provider's keys cannot be read") from error
            self._keys_at = time.monotonic()
        return self._keys

    async def _fetch(self, url: str) -> dict[str, Any]:
        async with GuardedClient(self._policy, connections=1) as door:
            client = httpx2.AsyncClient(transport=GuardedTransport(door))
            try:
                answer = await client.get(url, headers={"Accept": "application/json"})
                found = answer.raise_for_status().json()
            except (httpx2.HTTPError, json.JSONDecodeError, UnicodeDecodeError) as error:
                raise ConnectionFailed(f"the provider's answer cannot be read: {error}") from error
        if not isinstance(found, dict):
            raise ConnectionFailed("the provider's answer is not what it should be")
        return found

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AsyncOAuth2Client]:
        async with GuardedClient(self._policy, connections=1) as door:
            yield AsyncOAuth2Client(
                client_id=self._client_id,
                client_secret=self._client_secret,
                scope=SCOPE,
                redirect_uri=self._redirect_uri,
                code_challenge_method="S256",
                transport=GuardedTransport(door),
            )


def _failed(reason: str) -> ProviderLoginFailed:
    log.warning("a sign-in by a provider was refused", reason=reason)
    return ProviderLoginFailed("the provider did not prove who you are", hint="begin again")
