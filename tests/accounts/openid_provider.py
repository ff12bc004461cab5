# ruff: noqa: ARG002 - the signatures are Authlib's
# mypy: allow-untyped-calls
"""A real OpenID provider on loopback: Authlib's authorization server. It can be told to lie; all else is the
library's.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from fastapi import FastAPI, Request, Response
from joserfc.jwk import KeySet, RSAKey
from starlette.responses import JSONResponse

from tests.web.serving import serving

CLIENT_ID, CLIENT_SECRET = "ecg-client", "ecg-client-secret"


@dataclass
class Person:
    """Who is signed in at the provider."""

    subject: str = "subject-1"
    email: str = "jiwoo@example.com"
    email_verified: bool = True
    name: str = "Kim Jiwoo"


@dataclass
class Lies:
    """What the provider does otherwise than it should; reset by each test."""

    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str | None = None
    key: Any = None
    token: Callable[[str], str] | None = None
    """Changes the finished ID token."""


class _Client(ClientMixin):
    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class _Code:
    person: Person
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    made: int = field(default_factory=lambda: int(time.time()))

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.made

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class _Payload(OAuth2Payload):
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    @property
    def data(self) -> dict[str, str]:
        return self._values

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return defaultdict(list, {name: [value] for name, value in self._values.items()})


class _Request(OAuth2Request):
    def __init__(self, request: Request, form: Mapping[str, str]) -> None:
        # Authlib serves over TLS only; on loopback there is none
        super().__init__(request.method, str(request.url.replace(scheme="https")), headers=request.headers)
        self._args, self._form = dict(request.query_params), dict(form)
        self.payload: Any = _Payload({**self._args, **self._form})

    @property
    def args(self) -> dict[str, str]:
        return self._args

    @property
    def form(self) -> dict[str, str]:
        return self._form


class OpenIdProvider(AuthorizationServer):
    """`person` is whoever signs in next, `lies` what it tells wrongly."""

    def __init__(self, redirect_uri: str) -> None:
        super().__init__(scopes_supported=["openid", "email", "profile"])
        self.issuer = ""
        self.client = _Client(redirect_uri)
        self.keys = KeySet([RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})])
        self.person, self.lies = Person(), Lies()
        self.codes: dict[str, _Code] = {}
        self.token_requests = 0
        provider = self

        class Grant(AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012

            def save_authorization_code(self, code: str, request: _Request) -> None:
                told = request.payload.data
                provider.codes[code] = _Code(
                    provider.person,
                    told["redirect_uri"],
                    told["scope"],
                    told.get("nonce"),
                    told.get("code_challenge"),
                    told.get("code_challenge_method"),
                )

            def query_authorization_code(self, code: str, client: _Client) -> _Code | None:
                return provider.codes.get(code)

            def delete_authorization_code(self, authorization_code: _Code) -> None:
                provider.codes = {
                    c: kept for c, kept in provider.codes.items() if kept is not authorization_code
                }

            def authenticate_user(self, authorization_code: _Code) -> Person:
                return authorization_code.person

        class IdToken(OpenIDCode):
            def exists_nonce(self, nonce: str, request: _Request) -> bool:
                return any(code.nonce == nonce for code in provider.codes.values())

            def resolve_client_private_key(self, client: _Client) -> Any:
                return provider.lies.key or provider.keys.keys[0]

            def get_client_algorithm(self, client: _Client) -> str:
                return provider.lies.algorithm or "RS256"

            def get_encode_header(self, client: _Client) -> dict[str, str]:
                return {"alg": self.get_client_algorithm(client), "kid": str(provider.keys.keys[0].kid)}

            def get_client_claims(self, client: _Client) -> dict[str, Any]:
                return {"iss": provider.issuer, "aud": [CLIENT_ID]}

            def generate_user_info(self, user: Person, scope: str) -> UserInfo:
                info = UserInfo(
                    sub=user.subject, email=user.email, email_verified=user.email_verified, name=user.name
                )
                info.update(provider.lies.claims)
                return info

            def process_token(self, grant: Any, response: Any) -> Any:
                token = super().process_token(grant, response)
                if provider.lies.token is not None:
                    token["id_token"] = provider.lies.token(token["id_token"])
                return token

        self.register_grant(Grant, [CodeChallenge(required=True), IdToken(require_nonce=True)])
        self.register_token_generator(
            "default", BearerTokenGenerator(lambda **_: "an-access-token-of-theirs")
        )

    def query_client(self, client_id: str) -> _Client | None:
        return self.client if client_id == CLIENT_ID else None

    def save_token(self, token: dict[str, Any], request: _Request) -> None:
        pass

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        pass

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        if isinstance(body, dict):
            return JSONResponse(body, status, dict(headers))
        return Response(body, status, dict(headers))

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def configuration() -> dict[str, Any]:
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            }

        @app.get("/keys")
        async def keys() -> Any:
            return self.keys.as_dict(private=False)

        @app.get("/authorize")
        async def authorize(request: Request) -> Response:
            asked = _Request(request, {})
            answer: Response = self.create_authorization_response(
                asked, grant_user=self.person, grant=self.get_consent_grant(asked, self.person)
            )
            return answer

        @app.post("/token")
        async def token(request: Request) -> Response:
            self.token_requests += 1
            form = dict(parse_qsl((await request.body()).decode()))
            answer: Response = self.create_token_response(_Request(request, form))
            return answer

        return app


@asynccontextmanager
async def openid_provider(redirect_uri: str) -> AsyncIterator[OpenIdProvider]:
    provider = OpenIdProvider(redirect_uri)
    async with serving(provider.app()) as address:
        provider.issuer = f"http://{address}"
        yield provider
