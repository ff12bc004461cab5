"""The routes of signing in with Google."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Query, Request, Response

from ecg.accounts.browsers import language_of, set_cookie
from ecg.accounts.endpoints import signed_in
from ecg.accounts.provider_login import FLOW_SECONDS, ProviderLogin
from ecg.accounts.refusals import ProviderLoginFailed
from ecg.accounts.schemas import SignedIn
from ecg.accounts.throttle import Throttle, network_of
from ecg.errors import NotFound
from ecg.web import Refused, problems

router = APIRouter(prefix="/api/auth/google", tags=["accounts"])

COOKIE = "google_login"
PATH = "/api/auth/google"
TO_PROVIDER: dict[int | str, dict[str, Any]] = {302: {"description": "To Google."}}
TO_FRONT_END: dict[int | str, dict[str, Any]] = {
    303: {"description": "To the front end, with the cookie; browsers get this one."}
}


async def provider_login(request: Request) -> ProviderLogin:
    found: ProviderLogin | None = request.app.state.provider_login
    if found is None:
        raise NotFound("nobody signs in with Google here", hint="the operator may set GOOGLE_CLIENT_ID")
    return found


LoginHere = Annotated[ProviderLogin, Depends(provider_login)]


@router.get(
    "/login",
    status_code=302,
    response_class=Response,
    responses={**TO_PROVIDER, **problems(404, 422, 503, 504)},
)
async def login(
    service: LoginHere,
    following: Annotated[
        str | None, Query(alias="next", max_length=500, description="The front end's path to show afterwards")
    ] = None,
) -> Response:
    """Begin: a browser goes here, and on to Google."""
    url, sealed = await service.begin(following)
    response = Response(status_code=302, headers={"Location": url})
    response.set_cookie(
        COOKIE, sealed, max_age=FLOW_SECONDS, path=PATH, secure=True, httponly=True, samesite="lax"
    )
    return response


@router.get("/callback", responses={**TO_FRONT_END, **problems(400, 403, 404, 409, 422, 429, 503, 504)})
async def callback(
    *,
    request: Request,
    response: Response,
    service: LoginHere,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=2048)] = "",
    error: Annotated[str | None, Query(max_length=200)] = None,
    iss: Annotated[str | None, Query(max_length=500)] = None,
    google_login: Annotated[str | None, Cookie(max_length=4096)] = None,
) -> SignedIn:
    """End: Google sends the browser here. Programs that accept JSON get what signing in answers."""
    throttle: Throttle = request.app.state.throttle
    await throttle.check_guesses(network_of(request))
    try:
        if error is not None or not code:
            raise ProviderLoginFailed("the provider did not let you in", hint="begin again")
        entered, following = await service.finish(
            google_login, state=state, code=code, issuer=iss, locale=language_of(request)
        )
    except (ProviderLoginFailed, Refused):
        await throttle.guess(network_of(request))
        raise
    answer = signed_in(request, response, entered)
    response.delete_cookie(COOKIE, path=PATH, secure=True, httponly=True, samesite="lax")
    if "text/html" not in request.headers.get("accept", ""):
        return answer
    return _to_front_end(request, entered.refresh, following)  # type: ignore[return-value]


def _to_front_end(request: Request, refresh: str, following: str) -> Response:
    """The page that asks /refresh for its access token, which no URL ever carries."""
    settings = request.app.state.settings
    front_end = (settings.frontend_url or "").rstrip("/")
    response = Response(status_code=303, headers={"Location": front_end + following})
    set_cookie(response, refresh, seconds=int(settings.refresh_token_days * 86400))
    response.delete_cookie(COOKIE, path=PATH, secure=True, httponly=True, samesite="lax")
    return response
