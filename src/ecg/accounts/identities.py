"""Who a token or a key belongs to: what `dependencies` asks."""

from __future__ import annotations

from ecg.accounts import repository
from ecg.accounts.access_tokens import AccessTokens
from ecg.accounts.api_keys import PREFIX, ApiKeys
from ecg.accounts.principal import Principal
from ecg.database import Database


class KnownIdentities:
    """Access tokens are checked without a look anywhere; keys with one every few seconds."""

    def __init__(self, database: Database, access: AccessTokens, keys: ApiKeys) -> None:
        self._database = database
        self._access = access
        self._keys = keys

    async def identify(self, token: str) -> Principal:
        """Raises Unauthorized."""
        if token.startswith(PREFIX):
            return await self._keys.identify(token)
        return self._access.check(token)

    async def is_admin(self, user_id: str) -> bool:
        async with self._database.read() as connection:
            user = await repository.find_user(connection, user_id)
        return user is not None and user.role == "admin" and user.disabled_at is None
