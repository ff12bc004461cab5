from __future__ import annotations

import pytest

from ecg.errors import ForbiddenUrl
from ecg.net.targets import parse_target, redirected

FORBIDDEN = [
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp://example.com/video.mp4",
    "s3://bucket/key",
    "data:video/mp4;base64,AAAA",
    "javascript:alert(1)",
    "//example.com/video.mp4",
    "video.mp4",
    "",
    "http://",
    "http:///video.mp4",
    "http://user:secret@example.com/",
    "http://user@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://example.com:80@127.0.0.1/",
    "http://example.com/\r\nHost: internal",
    "http://example.com\r\nX-Header: 1/",
    "http://exam\tple.com/",
    "http://example.com\0.internal/",
    " http://example.com/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://1.1.1.1.1/",
    "http://256.1.1.1/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[v1.fe80]/",
    "http://exa mple.com/",
    "http://example..com/",
    "http://-example.com/",
    "http://127.0.0.1%2f@example.com/",
    "http://%31%32%37.0.0.1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://example.com:port/",
    "http://" + "a" * 64 + ".com/",
    "http://example.com/" + "a" * 9000,
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_url_that_is_not_plainly_http_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenUrl):
        parse_target(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "header"),
    [
        ("https://Example.COM/a", "example.com", 443, "example.com"),
        ("http://example.com:80/a", "example.com", 80, "example.com"),
        ("http://example.com:8000", "example.com", 8000, "example.com:8000"),
        ("http://[2606:4700::1]:8000/a", "2606:4700::1", 8000, "[2606:4700::1]:8000"),
        ("http://api:8000/callback", "api", 8000, "api:8000"),
        ("http://영상.example/a", "xn--hg4b19g.example", 80, "xn--hg4b19g.example"),
        ("http://127.0.0.1#@example.com/", "127.0.0.1", 80, "127.0.0.1"),
        ("http://127.0.0.1?@example.com/", "127.0.0.1", 80, "127.0.0.1"),
    ],
)
def test_a_url_leads_to_one_host_and_port(url: str, host: str, port: int, header: str) -> None:
    target = parse_target(url)
    assert (target.host, target.port, target.host_header) == (host, port, header)


def test_an_encoded_line_break_stays_encoded() -> None:
    target = parse_target("http://example.com/a%0d%0aHost:%20internal?b=%0d%0a")
    assert target.url.raw_path == b"/a%0d%0aHost:%20internal?b=%0d%0a"


def test_messages_do_not_show_signatures() -> None:
    assert parse_target("https://a.example/v.mp4?X-Signature=secret#part").shown == "https://a.example/v.mp4"


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "gopher://127.0.0.1/", "http://u:p@b.example/", "http://[/", "//0x7f.1/"],
)
def test_a_redirect_is_checked_like_a_url(location: str) -> None:
    with pytest.raises(ForbiddenUrl):
        redirected(parse_target("http://a.example/x"), location)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "http://a.example:8000/b"),
        ("b?c", "http://a.example:8000/x/b?c"),
        ("//c.example/", "http://c.example/"),
    ],
)
def test_a_redirect_may_be_relative(location: str, url: str) -> None:
    assert str(redirected(parse_target("http://a.example:8000/x/y"), location).url) == url
