"""How the pages are served: what browsers may keep, what pages may do, and whose paths are whose."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from ecg.settings import Settings
from ecg.web import create_base_app
from ecg.web_app import SITE, load_site, serve_pages
from ecg.web_app.pages import RESERVED, content_policy
from tests.web.serving import serving

pytestmark = pytest.mark.anyio

SCRIPT = b"console.log('a script');" * 100


def small_site(folder: Path) -> Path:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>ECG</title>", encoding="utf-8")
    (folder / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / ".fingerprint").write_text("secret", encoding="utf-8")
    (folder.parent / "outside.txt").write_text("outside", encoding="utf-8")
    return folder


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app: FastAPI = create_base_app("pages", Settings(_env_file=None, ECG_DATA_DIR=folder / "data"))

    @app.post("/api/things")
    async def things() -> str:
        return "made"

    serve_pages(app, urls=["https://live.example:8070/x"], site=load_site(folder / "site"))
    async with serving(app) as address, httpx2.AsyncClient(base_url=f"http://{address}") as http:
        yield http


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    small_site(tmp_path / "site")
    async with served(tmp_path) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/monitoring", "/monitoring/front/settings", "/anything.html"])
async def test_pages_are_the_one_page(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "<title>ECG</title>" in answer.text


@pytest.mark.parametrize("start", RESERVED)
async def test_paths_of_programs_stay_their_own(http: httpx2.AsyncClient, start: str) -> None:
    answer = await http.get(f"{start}/no-such-thing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_routes_refuse_stays_refused(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/api/things")).status_code == 405
    assert (await http.post("/api/things")).json() == "made"
    assert (await http.post("/monitoring")).status_code == 404
    assert (await http.get("/assets/index-gone.js")).status_code == 404


async def test_assets_last_and_come_compressed(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/assets/index-1a2b.js")
    assert answer.content == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = await http.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert (plain.content, plain.headers.get("content-encoding")) == (SCRIPT, None)


async def test_an_unchanged_page_is_not_sent_again(http: httpx2.AsyncClient) -> None:
    tag = (await http.get("/")).headers["etag"]
    again = await http.get("/workers", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_heads_have_no_body(http: httpx2.AsyncClient) -> None:
    answer = await http.head("/")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path", ["/../outside.txt", "/%2e%2e/outside.txt", "/assets/../../outside.txt", "/.fingerprint"]
)
async def test_nothing_beside_the_build_is_served(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert "outside" not in answer.text
    assert "secret" not in answer.text


async def test_pages_may_do_little(http: httpx2.AsyncClient) -> None:
    headers = (await http.get("/")).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self' https://live.example:8070"
    assert headers["x-content-type-options"] == "nosniff"


def test_an_origin_is_named_once() -> None:
    policy = content_policy(["https://a.example", "https://a.example"])
    assert "connect-src 'self' https://a.example;" in policy


async def test_without_a_build_the_page_says_what_to_do(tmp_path: Path) -> None:
    async with served(tmp_path) as http:
        answer = await http.get("/")
        assert answer.status_code == 503
        assert "make web" in answer.text
        assert (await http.get("/api/nothing")).status_code == 404


def test_the_build_is_here() -> None:
    """The wheel and the other tests of pages need it: make web."""
    index = load_site(SITE).index
    assert index is not None
    assert b"<script type=" in index.content
    assert b"http://" not in index.content
