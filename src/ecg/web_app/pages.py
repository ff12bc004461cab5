"""Answers where no route does: files of the build, and for paths of pages the page that knows them all.

It stands behind the routes, so it hides none of them, and not what they refuse either: paths of the API that
lead nowhere stay 404s as the API words them.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ecg.web_app.site import ASSETS, BUILD_COMMAND, Site, SiteFile, load_site

RESERVED = ("/api", "/files", "/media", "/docs", "/openapi.json", "/metrics", "/health")
"""Paths of programs: what is not there has no page either."""
ONE_YEAR = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def content_policy(origins: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of the pages; `origins` are other servers that video is from."""
    others = "".join(f" {origin}" for origin in dict.fromkeys(origins))
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": f"'self' data:{others}",
        "media-src": f"'self' blob:{others}",
        "connect-src": f"'self'{others}",
        "worker-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def origin_of(url: str) -> str:
    """``https://host:port`` of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def serve_pages(app: FastAPI, *, urls: Sequence[str] = (), site: Site | None = None) -> None:
    """Have `app` serve the web app at `/`; `urls` are of other servers that its pages show things of."""
    policy = content_policy([origin_of(url) for url in urls])
    app.router.default = Pages(site or load_site(), policy, otherwise=app.router.default)


class Pages:
    """ASGI application for requests that no route knows."""

    def __init__(self, site: Site, policy: str, *, otherwise: ASGIApp) -> None:
        self._site = site
        self._policy = policy
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope)
        await (self._otherwise if answer is None else answer)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return None
        path: str = scope["path"]
        file = self._site.files.get(path.removeprefix("/"))
        if file is None:
            if reserved(path) or path.startswith(f"/{ASSETS}"):
                return None
            file = self._site.index
        return self._unbuilt() if file is None else self._file(file, Headers(scope=scope))

    def _file(self, file: SiteFile, asked: Headers) -> Response:
        headers = {
            "Cache-Control": ONE_YEAR if file.lasting else ASK_AGAIN,
            "Content-Security-Policy": self._policy,
            "ETag": file.tag,
            "Vary": "Accept-Encoding",
        }
        if file.tag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if file.packed is not None and "gzip" in asked.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(file.packed, headers=headers, media_type=file.media_type)
        return Response(file.content, headers=headers, media_type=file.media_type)

    def _unbuilt(self) -> Response:
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}
        return Response(UNBUILT, status_code=503, headers=headers, media_type="text/html; charset=utf-8")


def reserved(path: str) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in RESERVED)


UNBUILT = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>ECG: the web app is not built</title></head>
<body>
<h1>The web app is not built</h1>
<p>The API works; its pages were not made yet. In the folder of ECG:</p>
<pre>{BUILD_COMMAND}</pre>
<p>Then start the server again.</p>
</body>
</html>
"""
