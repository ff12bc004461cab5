"""Signing in with an OpenID provider, and everything that attackers try on the way."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from joserfc.jwk import OctKey, RSAKey

from tests.accounts.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Lies,
    OpenIdProvider,
    Person,
    openid_provider,
)
from tests.accounts.serving import Running, cookie_of, running

pytestmark = pytest.mark.anyio

CALLBACK = "https://api.example/api/auth/google/callback"


@dataclass
class Both:
    """Our server, and theirs."""

    ours: Running
    theirs: OpenIdProvider

    async def begin(self, **query: str) -> Browser:
        answer = await self.ours.http.get("/api/auth/google/login", params=query)
        assert answer.status_code == 302, answer.text
        return Browser(self, answer)

    async def sign_in(self, **headers: str) -> httpx2.Response:
        browser = await self.begin()
        return await browser.come_back(await browser.at_provider(), **headers)


@dataclass
class Browser:
    """One that has been sent to the provider."""

    both: Both
    answer: httpx2.Response

    @property
    def cookie(self) -> str:
        return str(self.answer.headers["set-cookie"].split(";")[0])

    @property
    def asked(self) -> dict[str, str]:
        query = parse_qs(urlsplit(self.answer.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    async def at_provider(self, **changes: str) -> dict[str, str]:
        """What the provider sends the browser back with."""
        url = urlsplit(self.answer.headers["location"])
        query = urlencode({**self.asked, **changes})
        async with httpx2.AsyncClient() as http:
            answer = await http.get(url._replace(query=query).geturl())
        location = urlsplit(answer.headers["location"])
        assert location._replace(query="").geturl() == CALLBACK
        return {name: values[0] for name, values in parse_qs(location.query).items()}

    async def come_back(
        self, told: dict[str, str], *, cookie: str | None = None, **headers: str
    ) -> httpx2.Response:
        cookie = self.cookie if cookie is None else cookie
        return await self.both.ours.http.get(
            "/api/auth/google/callback",
            params=told,
            headers={**({"cookie": cookie} if cookie else {}), **headers},
        )


@pytest.fixture(scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Both]:
    async with (
        openid_provider(CALLBACK) as theirs,
        running(
            tmp_path_factory.mktemp("google"),
            GOOGLE_ISSUER=theirs.issuer,
            GOOGLE_CLIENT_ID=CLIENT_ID,
            GOOGLE_CLIENT_SECRET=CLIENT_SECRET,
            PUBLIC_URL="https://api.example",
            FRONTEND_URL="https://editor.example",
            LOGIN_FAILURES=1000,
            SIGNUPS_PER_HOUR=1000,
        ) as ours,
    ):
        yield Both(ours, theirs)


@pytest.fixture
def both(servers: Both) -> Both:
    """Another person each time, and an honest provider."""
    number = str(time.monotonic_ns())
    servers.theirs.person = Person(subject=number, email=f"p{number}@example.com")
    servers.theirs.lies = Lies()
    return servers


def refused(answer: httpx2.Response, code: str = "GOOGLE_LOGIN_FAILED", status: int = 400) -> bool:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "refresh_token" not in answer.headers.get("set-cookie", "")
    return True


async def test_a_stranger_gets_an_account(both: Both) -> None:
    answer = await both.sign_in()
    assert answer.status_code == 200, answer.text
    user = answer.json()["user"]
    assert user["email"] == both.theirs.person.email
    assert user["email_verified"] is True
    assert user["username"] == "Kim Jiwoo"
    assert (await both.ours.get("/things", answer.json()["access_token"])).json()["user"] == user["id"]
    assert (await both.ours.refresh(cookie_of(answer))).status_code == 200
    again = await both.sign_in()
    assert again.json()["user"] == user


async def test_what_is_asked_of_the_provider(both: Both) -> None:
    browser = await both.begin()
    asked = browser.asked
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert asked["redirect_uri"] == CALLBACK
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert asked["code_challenge_method"] == "S256"
    for secret in ("state", "nonce", "code_challenge"):
        assert len(asked[secret]) >= 43
    attributes = {part.strip().lower() for part in browser.answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "secure", "samesite=lax", "path=/api/auth/google"} <= attributes
    for secret in ("state", "nonce"):  # the cookie is sealed
        assert asked[secret] not in browser.cookie
    other = (await both.begin()).asked
    assert all(other[name] != asked[name] for name in ("state", "nonce", "code_challenge"))


async def test_browsers_are_sent_to_the_front_end(both: Both) -> None:
    browser = await both.begin(next="/projects?new=1")
    answer = await browser.come_back(await browser.at_provider(), accept="text/html,*/*;q=0.8")
    assert answer.status_code == 303
    assert answer.headers["location"] == "https://editor.example/projects?new=1"
    assert (await both.ours.refresh(cookie_of(answer))).status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize(
    "following",
    ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nX: y", "/%0d/../\\", ""],
)
async def test_nobody_is_sent_elsewhere(both: Both, following: str) -> None:
    browser = await both.begin(next=following)
    answer = await browser.come_back(await browser.at_provider(), accept="text/html")
    assert urlsplit(answer.headers["location"]).netloc == "editor.example"


async def test_the_same_address_proved_on_both_sides_is_one_account(both: Both) -> None:
    person = await both.ours.sign_up(both.theirs.person.email)
    letter = both.ours.mailbox.to(person.email, "verify-email")[-1]
    await both.ours.post("/verify-email", {"token": letter.token})
    answer = await both.sign_in()
    assert answer.json()["user"]["id"] == person.user["id"]
    assert (await both.ours.log_in(person.email)).status_code == 200  # the password goes on


async def test_an_account_under_an_unproved_address_is_not_shared(both: Both) -> None:
    stranger = await both.ours.sign_up(both.theirs.person.email)
    assert refused(await both.sign_in(), "EMAIL_NOT_VERIFIED", 409)
    # the owner takes it by message, and with it all that the stranger had
    await both.ours.post("/password-reset", {"email": stranger.email})
    letter = await both.ours.mailbox.next(stranger.email, "reset-password")
    await both.ours.post(
        "/password-reset/confirm", {"token": letter.token, "new_password": "another password"}
    )
    assert (await both.sign_in()).json()["user"]["id"] == stranger.user["id"]
    assert (await both.ours.refresh(stranger.refresh)).status_code == 401


@pytest.mark.parametrize(
    "claims", [{"email_verified": False}, {"email_verified": "true"}, {"email": None}, {"email": "x"}]
)
async def test_an_address_that_the_provider_has_not_proved_counts_for_nothing(
    both: Both, claims: dict[str, Any]
) -> None:
    both.theirs.lies.claims = claims
    assert refused(await both.sign_in(), "EMAIL_NOT_VERIFIED", 403)


async def test_it_is_the_identity_that_signs_in_not_the_address(both: Both) -> None:
    first = (await both.sign_in()).json()["user"]
    both.theirs.person.email = f"new-{both.theirs.person.email}"
    assert (await both.sign_in()).json()["user"]["id"] == first["id"]


async def test_wrong_state(both: Both) -> None:
    browser = await both.begin()
    told = await browser.at_provider()
    assert refused(await browser.come_back({**told, "state": "x" * 43}))
    assert refused(await browser.come_back({"code": told["code"]}))


async def test_a_flow_of_another_browser(both: Both) -> None:
    """Login CSRF: the attacker's code in the victim's browser."""
    attacker, victim = await both.begin(), await both.begin()
    told = await attacker.at_provider()
    assert refused(await victim.come_back(told))
    assert refused(await victim.come_back(told, cookie=""))
    assert refused(await victim.come_back({**told, "state": victim.asked["state"]}))  # PKCE and nonce stop it


@pytest.mark.parametrize("cookie", ["google_login=x", "google_login=a.b.c.d.e", "google_login="])
async def test_a_made_up_cookie(both: Both, cookie: str) -> None:
    browser = await both.begin()
    assert refused(await browser.come_back(await browser.at_provider(), cookie=cookie))


async def test_wrong_nonce(both: Both) -> None:
    browser = await both.begin()
    assert refused(await browser.come_back(await browser.at_provider(nonce="n" * 43)))


async def test_an_id_token_of_another_flow(both: Both) -> None:
    kept: list[str] = []

    def keep(token: str) -> str:
        kept.append(token)
        return token

    both.theirs.lies.token = keep
    assert (await both.sign_in()).status_code == 200
    both.theirs.lies.token = lambda _: kept[0]
    assert refused(await both.sign_in())


async def test_a_code_works_once(both: Both) -> None:
    browser = await both.begin()
    told = await browser.at_provider()
    first = await browser.come_back(told)
    assert first.status_code == 200
    assert 'google_login=""' in first.headers.get_list("set-cookie")[-1]
    asked = both.theirs.token_requests
    assert refused(await browser.come_back(told))  # even by whoever kept the cookie
    assert both.theirs.token_requests == asked + 1


async def test_a_code_without_its_verifier(both: Both) -> None:
    browser = await both.begin()
    told = await browser.at_provider(code_challenge="x" * 43)
    assert refused(await browser.come_back(told))


async def test_an_unsigned_id_token(both: Both) -> None:
    def unsigned(token: str) -> str:
        header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
        return f"{header}.{token.split('.')[1]}."

    both.theirs.lies.token = unsigned
    assert refused(await both.sign_in())


async def test_an_id_token_signed_with_a_key_that_is_no_key(both: Both) -> None:
    both.theirs.lies.algorithm = "HS256"
    public = both.theirs.keys.keys[0].as_pem(private=False)  # type: ignore[union-attr]
    for secret in (CLIENT_SECRET.encode() * 2, base64.b64encode(public)):
        both.theirs.lies.key = OctKey.import_key(secret)
        assert refused(await both.sign_in())


async def test_an_id_token_signed_by_somebody_else(both: Both) -> None:
    both.theirs.lies.key = RSAKey.generate_key(2048)
    assert refused(await both.sign_in())


async def test_a_changed_id_token(both: Both) -> None:
    def changed(token: str) -> str:
        header, payload, signature = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        forged = base64.urlsafe_b64encode(json.dumps({**claims, "email": "boss@example.com"}).encode())
        return f"{header}.{forged.decode().rstrip('=')}.{signature}"

    both.theirs.lies.token = changed
    assert refused(await both.sign_in())


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"aud": CLIENT_ID, "azp": "another-client"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": int(time.time()) - 120},
        {"exp": "never"},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"sub": None},
        {"sub": 7},
        {"nonce": None},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
async def test_an_id_token_with_a_wrong_claim(both: Both, claims: dict[str, Any]) -> None:
    both.theirs.lies.claims = claims
    assert refused(await both.sign_in())


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.b.c.d.e", "…"])
async def test_what_is_no_id_token(both: Both, token: str) -> None:
    both.theirs.lies.token = lambda _: token
    assert refused(await both.sign_in())


async def test_an_answer_of_another_provider(both: Both) -> None:
    browser = await both.begin()
    told = await browser.at_provider()
    assert refused(await browser.come_back({**told, "iss": "https://evil.example"}))
    assert (await browser.come_back({**told, "iss": both.theirs.issuer})).status_code == 200


async def test_somebody_who_changed_their_mind(both: Both) -> None:
    browser = await both.begin()
    assert refused(await browser.come_back({"error": "access_denied", "state": browser.asked["state"]}))


async def test_new_keys_of_the_provider_are_fetched(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await both.sign_in()).status_code == 200
    monkeypatch.setattr("ecg.accounts.provider.REFETCH_SECONDS", 0.0)
    both.theirs.keys.keys[:] = [RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})]
    assert (await both.sign_in()).status_code == 200


async def test_accounts_of_a_provider_have_no_password(both: Both) -> None:
    answer = await both.sign_in()
    assert (await both.ours.log_in(answer.json()["user"]["email"], "")).status_code == 422
    assert (await both.ours.log_in(answer.json()["user"]["email"], "guess")).status_code == 401


async def test_without_a_client_id_there_is_no_such_way(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with running(tmp_path_factory.mktemp("none")) as ours:
        for path in ("login", "callback"):
            assert (await ours.http.get(f"/api/auth/google/{path}")).status_code == 404


async def test_a_provider_that_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with running(
        tmp_path_factory.mktemp("away"), GOOGLE_ISSUER="http://127.0.0.1:1", GOOGLE_CLIENT_ID=CLIENT_ID
    ) as ours:
        answer = await ours.http.get("/api/auth/google/login")
        assert (answer.status_code, answer.json()["code"]) == (503, "CONNECTION_ERROR")
