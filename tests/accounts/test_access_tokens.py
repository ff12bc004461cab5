"""Access tokens: what is accepted, and everything that is not."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from ecg.accounts.access_tokens import AccessTokens
from ecg.accounts.principal import Principal
from ecg.accounts.refusals import TokenExpired
from ecg.errors import Unauthorized

SECRET = "s" * 43
TOKENS = AccessTokens(SECRET, life_seconds=900)
PERSON = Principal("user", "tenant", "admin", session_id="session")


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {
        "iss": "ecg",
        "aud": "ecg-api",
        "sub": "user",
        "tenant": "tenant",
        "role": "user",
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def signed(header: dict[str, Any] | None = None, *, secret: str = SECRET, **changes: Any) -> str:
    full = {"alg": "HS256", "typ": "at+jwt", **(header or {})}
    return jwt.encode(full, claims(**changes), OctKey.import_key(secret.encode()), [full["alg"]])


def without(claim: str) -> dict[str, Any]:
    return {claim: ...}


def unsigned(**header: Any) -> str:
    parts = [{"typ": "at+jwt", **header}, claims()]
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."
    )


def test_a_token_says_who_it_was_issued_to() -> None:
    token = TOKENS.issue(PERSON)
    assert TOKENS.check(token.text) == PERSON
    assert token.expires_in == 900


def test_servers_with_the_same_secret_know_each_others_tokens() -> None:
    assert AccessTokens(SECRET, life_seconds=60).check(TOKENS.issue(PERSON).text) == PERSON


def test_what_is_signed_here_is_what_the_attacks_below_change() -> None:
    assert TOKENS.check(signed()).user_id == "user"


def test_an_expired_token_is_told_apart() -> None:
    with pytest.raises(TokenExpired):
        TOKENS.check(TOKENS.issue(PERSON, life_seconds=-6).text)


def test_clocks_may_differ_a_little() -> None:
    assert TOKENS.check(TOKENS.issue(PERSON, life_seconds=-2).text)
    assert TOKENS.check(signed(iat=int(time.time()) + 2))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a.b.c",
        "…",
        "x" * 100_000,
        unsigned(alg="none"),
        unsigned(alg="None"),
        unsigned(alg="HS256"),
        unsigned(),
        signed({"alg": "HS512"}),
        signed(secret="t" * 43),
        signed({"typ": "JWT"}),
        unsigned(alg="HS256", crit=["x"], x=1),
        signed(iss="other"),
        signed(aud="other"),
        signed(aud=["other"]),
        signed(role="root"),
        signed(iat=int(time.time()) + 600),
        *(signed(**without(claim)) for claim in ("iss", "aud", "sub", "exp", "iat", "tenant", "role")),
        signed(exp="never"),
        signed(exp=True),
        signed(sub=7),
        signed(tenant=["a"]),
        signed(tenant=""),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        TOKENS.check(text)
    assert refused.value.code == "UNAUTHORIZED"


def test_a_token_of_another_algorithm_is_refused_whatever_key_it_names() -> None:
    key = RSAKey.generate_key(2048)
    text = jwt.encode({"alg": "RS256", "typ": "at+jwt", "jwk": key.as_dict(private=False)}, claims(), key)
    with pytest.raises(Unauthorized):
        TOKENS.check(text)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_letter_is_refused(part: int) -> None:
    parts = TOKENS.issue(PERSON).text.split(".")
    middle = len(parts[part]) // 2
    parts[part] = (
        parts[part][:middle] + ("A" if parts[part][middle] != "A" else "B") + parts[part][middle + 1 :]
    )
    with pytest.raises(Unauthorized):
        TOKENS.check(".".join(parts))
