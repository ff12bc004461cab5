"""Templates: complete in both languages, and nothing that stands in a value becomes more than text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.messages.rendering import (
    FOLDER,
    InvalidMessage,
    UnknownTemplate,
    load,
    locale_of,
    one_line,
    render,
)
from tests.messages.letters import VALUES

NAMES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.txt")})


class Page(HTMLParser):
    """The tags of a page, the links, and the text of its body."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        if "body" in self.tags:
            self.text += data


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_the_same(name: str) -> None:
    english, korean = load(name, "en"), load(name, "ko")
    assert english.names == korean.names
    assert len(english.paragraphs) == len(korean.paragraphs)
    values = dict.fromkeys(english.names, "filled")
    for locale in ("en", "ko"):
        rendered = render(name, locale, values)
        assert rendered.subject
        assert "$" not in rendered.subject + rendered.text + rendered.html
        assert f'<html lang="{locale}">' in rendered.html


def test_a_link_that_stands_alone_can_be_followed() -> None:
    rendered = render("verify-email", "ko", {**VALUES, "hours": "24"})
    assert rendered.subject == "이메일 주소를 확인해 주세요"
    assert f"\n\n{VALUES['link']}\n\n" in rendered.text
    assert Page(rendered.html).links == [VALUES["link"]]


def test_only_web_addresses_become_links() -> None:
    rendered = render("verify-email", "en", {**VALUES, "hours": "1", "link": "javascript:alert(1)"})
    assert Page(rendered.html).links == []


@given(name=st.text(max_size=200), link=st.text(max_size=200))
def test_values_stay_text(name: str, link: str) -> None:
    plain = render("verify-email", "en", {**VALUES, "hours": "1"})
    rendered = render("verify-email", "en", {"name": name, "link": f"https://x/{link}", "hours": "1"})
    page = Page(rendered.html)
    assert page.tags == Page(plain.html).tags
    assert page.links == [one_line(f"https://x/{link}")]
    assert len(rendered.text.split("\n")) == len(plain.text.split("\n"))
    assert " ".join(page.text.split()) == " ".join(rendered.text.split())


@given(subject=st.text(max_size=200), text=st.text(max_size=200))
def test_a_subject_is_one_line(subject: str, text: str) -> None:
    rendered = render("notice", "en", {"subject": subject, "text": text})
    assert rendered.subject.splitlines() in ([], [rendered.subject])
    assert rendered.html.encode()  # no half characters either


def test_what_stands_in_a_value_is_not_filled_in_again() -> None:
    rendered = render("notice", "en", {"subject": "$text ${text} $$", "text": "secret"})
    assert rendered.subject == "$text ${text} $$"


def test_the_direction_of_the_text_cannot_be_turned() -> None:
    assert one_line("a\u202eb\u2066c\r\nBcc: d\u2028e\0f\ud800") == "abc Bcc: d e f"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InvalidMessage, match="'link'"):
        render("verify-email", "en", {"name": "Kim", "hours": "1"})
    with pytest.raises(InvalidMessage, match="'name'"):
        render("verify-email", "en", {**VALUES, "hours": "1", "name": "x" * 2001})


@pytest.mark.parametrize("name", ["layout", "nothing", "../rendering", "", "verify-email.en"])
def test_unknown_templates_are_refused(name: str) -> None:
    with pytest.raises(UnknownTemplate):
        load(name, "en")
    with pytest.raises(UnknownTemplate):
        load("notice", "../en")


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("ko", "ko"),
        ("ko-KR", "ko"),
        ("KO_kr", "ko"),
        ("en-GB", "en"),
        ("ja", "en"),
        ("kok", "en"),
        ("", "en"),
    ],
)
def test_languages_fall_back_to_english(tag: str, locale: str) -> None:
    assert locale_of(tag) == locale
