"""The stage's own server: what it serves, what it takes, and that it is the end of the world for the page."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from ecg.errors import RenderError
from ecg.render.browser import Browser
from ecg.render.stage_server import CONTENT_SECURITY_POLICY, HOST, StageServer
from tests.render.canary import Canary, canary


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StageServer]:
    (tmp_path / "face.woff2").write_bytes(b"wOF2 on disk")
    assets: dict[str, bytes | Path] = {"/stage.html": b"<!doctype html><title>t</title>"}
    assets["/fonts/face.woff2"] = tmp_path / "face.woff2"
    with StageServer(assets) as running:
        yield running


@pytest.fixture
def bird() -> Iterator[Canary]:
    with canary() as running:
        yield running


def ask(
    server: StageServer, method: str, target: str, body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(server.proxy.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, target, body=body or None)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def test_assets_come_from_memory_and_from_disk(server: StageServer) -> None:
    status, headers, body = ask(server, "GET", server.url("/stage.html"))
    assert (status, body) == (200, b"<!doctype html><title>t</title>")
    assert headers["Content-Type"].startswith("text/html")
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert ask(server, "GET", server.url("/fonts/face.woff2"))[2] == b"wOF2 on disk"
    assert server.refused == []


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/stage.html"),
        ("GET", f"http://{HOST}/etc/passwd"),
        ("GET", f"http://{HOST}/fonts/../../etc/passwd"),
        ("GET", f"http://{HOST}:81/stage.html"),
        ("GET", f"http://{HOST}@127.0.0.1/stage.html"),
        ("GET", f"https://{HOST}/stage.html"),
        ("GET", "http://169.254.169.254/latest/meta-data"),
        ("GET", "file:///etc/passwd"),
        ("POST", f"http://{HOST}/pixels/nobody"),
        ("POST", f"http://{HOST}/stage.html"),
        ("CONNECT", "example.org:443"),
    ],
)
def test_everything_else_is_refused_and_remembered(method: str, target: str, server: StageServer) -> None:
    status, _, body = ask(server, method, target)
    assert status == 403
    assert b"root:" not in body
    assert server.refused == [f"{method} {target}"]


def test_a_request_for_another_port_goes_nowhere(server: StageServer, bird: Canary) -> None:
    urlopen(bird.url("sentinel")).read()  # noqa: S310  # the canary sings when it is reached
    assert ask(server, "GET", bird.url())[0] == 403
    assert bird.hits == ["/sentinel"]


def test_pixels_reach_their_sink_and_a_full_sink_makes_the_page_wait(server: StageServer) -> None:
    taken: list[bytes] = []
    room = threading.Event()

    def sink(batch: bytes) -> bool:
        assert room.wait(10)
        taken.append(batch)
        return True

    server.sinks["run-1"] = sink
    answers: list[int] = []
    sender = threading.Thread(
        target=lambda: answers.append(ask(server, "POST", server.url("/pixels/run-1"), b"\x01" * 100_000)[0])
    )
    sender.start()
    sender.join(0.3)
    assert sender.is_alive(), "backpressure: no answer before the sink has room"
    room.set()
    sender.join(10)
    assert answers == [204]
    assert taken == [b"\x01" * 100_000]


def test_a_sink_that_is_closed_tells_the_page_to_stop(server: StageServer) -> None:
    server.sinks["run-1"] = lambda _batch: False
    assert ask(server, "POST", server.url("/pixels/run-1"), b"abc")[0] == 410


class TestFromAPage:
    """What a browser that is given the server as its proxy can reach."""

    @pytest.fixture
    def browser(self, server: StageServer) -> Iterator[Browser]:
        with Browser(proxy=server.proxy) as running:
            yield running

    def test_other_ports_of_this_machine_are_refused_and_reported(
        self, server: StageServer, browser: Browser, bird: Canary
    ) -> None:
        page = browser.open("about:blank")
        for address in (bird.url("one"), f"http://localhost:{bird.port}/two"):
            loaded = f"fetch({address!r}, {{mode: 'no-cors'}}).then(a => a.type, e => 'refused ' + e)"
            assert page.evaluate(loaded) == "opaque", "the proxy's own refusal, which says nothing"
        assert bird.hits == []
        assert server.refused == [f"GET {bird.url('one')}", f"GET http://localhost:{bird.port}/two"]

    def test_the_policy_stops_a_page_before_it_asks(
        self, server: StageServer, browser: Browser, bird: Canary
    ) -> None:
        page = browser.open(server.url("/stage.html"))
        tricks = """async (url) => {
            const css = `@import url(${url}/import); body { background: url(${url}/css) }`;
            const add = (name, textContent) =>
                document.head.append(Object.assign(document.createElement(name), { textContent }));
            add('style', css);
            add('script', 'globalThis.ran = 1');
            new Image().src = `${url}/image`;
            const frame = `<iframe src="${url}/frame"></iframe>`;
            document.body.innerHTML = `<img src=x onerror="globalThis.ran = 2">${frame}`;
            try { new WebSocket(url.replace('http', 'ws')); } catch {}
            navigator.sendBeacon(`${url}/beacon`, 'x');
            const answer = await fetch(`${url}/fetch`).then(() => 'reached', () => 'stopped');
            await new Promise(resolve => setTimeout(resolve, 300));
            return [answer, globalThis.ran ?? null];
        }"""
        assert page.call(f"({tricks})", bird.url("")) == ["stopped", None]
        assert bird.hits == []

    def test_a_page_that_is_not_there_is_an_error(self, server: StageServer, browser: Browser) -> None:
        with pytest.raises(RenderError):
            browser.open("http://127.0.0.1:8099/nothing").call("ecg.prepare", "element", "x")
        assert server.refused == ["GET http://127.0.0.1:8099/nothing"]
