"""Signing in with a provider: the flow's secrets in a sealed cookie, and whose account it is.

An identity that is known signs in. One that is not is linked to an account with the same address only where
both sides have proved that address: the provider says so, and the account's owner has followed our link. If
strangers could sign up under an address and wait for its owner to come with Google, they would share the
account from then on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time

import structlog
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.accounts import repository
from ecg.accounts.addresses import normalised
from ecg.accounts.provider import Flow, ProvenIdentity, Provider
from ecg.accounts.refusals import AddressTaken, AddressUnverified, ProviderLoginFailed
from ecg.accounts.repository import NewUser
from ecg.accounts.service import Accounts, Entered, new_id, register
from ecg.database import Database, Record
from ecg.web import Refused

log = structlog.get_logger(__name__)

FLOW_SECONDS = 600
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_NEXT = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f]*")
"""A path of the front end, never another host."""


class ProviderLogin:
    def __init__(self, database: Database, accounts: Accounts, provider: Provider, secret: str) -> None:
        self._database = database
        self._accounts = accounts
        self._provider = provider
        self._key = OctKey.import_key(hmac.new(secret.encode(), b"ecg provider", hashlib.sha256).digest())

    async def begin(self, following: str | None) -> tuple[str, str]:
        """Where to send the browser, and the sealed cookie that it must bring back.

        `following`: the front end's path to show afterwards; anything but a path is ignored.
        """
        flow = Flow(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        url = await self._provider.authorization_url(flow)
        if following is None or not _NEXT.fullmatch(following):
            following = "/"
        sealed = {
            "state": flow.state,
            "nonce": flow.nonce,
            "verifier": flow.verifier,
            "next": following,
            "ends": int(time.time()) + FLOW_SECONDS,
        }
        return url, jwe.encrypt_compact(
            _HEADER, json.dumps(sealed), self._key, algorithms=list(_HEADER.values())
        )

    async def finish(
        self, cookie: str | None, *, state: str, code: str, issuer: str | None, locale: str
    ) -> tuple[Entered, str]:
        """Who came back, signed in, and the path to show. Raises ProviderLoginFailed and its kin."""
        flow, following = self._unsealed(cookie)
        if not hmac.compare_digest(flow.state.encode(), state.encode()):
            raise ProviderLoginFailed("this sign-in was not begun here", hint="begin again")
        if issuer is not None and issuer != self._provider.issuer:  # RFC 9207
            raise ProviderLoginFailed("another provider answered than was asked", hint="begin again")
        identity = await self._provider.redeem(code, flow)
        return await self.enter(identity, locale), following

    async def enter(self, identity: ProvenIdentity, locale: str) -> Entered:
        """Sign in whoever that is, and make or link the account; raises AddressUnverified as a refusal."""
        try:
            return await self._enter(identity, locale)
        except (IntegrityError, AddressTaken):  # two at once: the other one was first
            return await self._enter(identity, locale)

    def _unsealed(self, cookie: str | None) -> tuple[Flow, str]:
        try:
            token = jwe.decrypt_compact(cookie or "", self._key, algorithms=list(_HEADER.values()))
            kept = json.loads(token.plaintext or b"")
        except (JoseError, ValueError) as error:
            raise ProviderLoginFailed(
                "this sign-in was not begun in this browser", hint="begin again"
            ) from error
        if kept["ends"] < time.time():
            raise ProviderLoginFailed("this sign-in took too long", hint="begin again")
        return Flow(kept["state"], kept["nonce"], kept["verifier"]), kept["next"]

    async def _enter(self, identity: ProvenIdentity, locale: str) -> Entered:
        async with self._database.write() as connection:
            user = await repository.find_by_identity(connection, identity.issuer, identity.subject)
            if user is None:
                user = await self._linked(connection, identity, locale)
            if user.disabled_at is not None:
                raise ProviderLoginFailed("this account was closed")
            return await self._accounts.enter(connection, user)

    async def _linked(self, connection: AsyncConnection, identity: ProvenIdentity, locale: str) -> Record:
        """The account that the identity belongs to from now on, made where there is none."""
        email = _proved_address(identity)
        user = await repository.find_by_email(connection, email)
        if user is None:
            new = NewUser(
                user_id=new_id(),
                tenant_id=new_id(),
                username=_username(identity.name, email),
                email=email,
                password_hash=None,
                locale=locale,
                email_verified=True,
            )
            user = await register(connection, new, with_tenant=True)
        elif user.email_verified_at is None:
            raise Refused(
                409,
                AddressUnverified(
                    "there is an account with this address, and nobody has proved the address there",
                    hint="reset its password by e-mail first; that proves it",
                ),
            )
        else:
            log.info("an account was linked to a provider", user_id=user.user_id, issuer=identity.issuer)
        await repository.add_identity(connection, user.user_id, identity.issuer, identity.subject)
        return user


def _proved_address(identity: ProvenIdentity) -> str:
    if identity.email is not None and identity.email_verified:
        try:
            return normalised(identity.email)
        except ValueError:
            pass
    raise Refused(
        403, AddressUnverified("the provider has not verified your address", hint="verify it there first")
    )


def _username(name: str | None, email: str) -> str:
    """What an account that a provider made is called."""
    for given in (name or "", email.partition("@")[0], "user"):
        cleaned = " ".join("".join(letter if letter.isprintable() else " " for letter in given).split())
        if len(cleaned) >= 3:
            return cleaned[:50]
    return email[:50]
