"""What browsers bring along by themselves: the cookie with the refresh token, and where its page is from.

The cookie goes to the routes of accounts alone, no script can read it, and it is sent over TLS only
(browsers make an exception for this machine). Because it comes along with any request, those that use it must
come from a page of ours: `SameSite=Lax` keeps other sites out, `Origin` also neighbours on the same site.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Cookie, Request, Response

from ecg.accounts.refusals import forbidden
from ecg.settings import Settings

COOKIE = "refresh_token"
PATH = "/api/auth"

RefreshCookie = Annotated[str | None, Cookie(alias=COOKIE, max_length=200)]


def set_cookie(response: Response, token: str, *, seconds: int) -> None:
    response.set_cookie(COOKIE, token, max_age=seconds, path=PATH, secure=True, httponly=True, samesite="lax")


def drop_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path=PATH, secure=True, httponly=True, samesite="lax")


async def own_page(request: Request) -> None:
    """Dependency of routes that trust a cookie: refuses (403) requests of other sites' pages.

    Programs send neither `Origin` nor `Sec-Fetch-Site`; a browser always sends one of them.
    """
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise forbidden("requests of other pages are not answered here")
        return
    if origin in allowed_origins(request.app.state.settings):
        return
    # the scheme differs where TLS ends before us
    if origin == "null" or urlsplit(origin).netloc != request.headers.get("host", ""):
        raise forbidden(f"pages of {origin} may not do this", "the operator may add it to ALLOWED_ORIGINS")


def allowed_origins(settings: Settings) -> frozenset[str]:
    """Origins of pages that may use the API with the browser's cookie; for CORS as well."""
    named = [url for url in (settings.public_url, settings.frontend_url) if url]
    return frozenset((*settings.allowed_origins, *(origin_of(url) for url in named)))


def origin_of(url: str) -> str:
    """``https://host:port`` of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def language_of(request: Request) -> str:
    """ko or en, as the browser prefers."""
    best, weight = "en", 0.0
    for part in request.headers.get("accept-language", "").split(",")[:20]:
        tag, _, parameter = part.strip().partition(";q=")
        language = tag.split("-")[0].lower()
        try:
            wanted = float(parameter or 1)
        except ValueError:
            continue
        if language in ("ko", "en") and wanted > weight:
            best, weight = language, wanted
    return best
