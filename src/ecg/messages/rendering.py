"""From a template and its values to a subject, a plain text and simple HTML that says the same.

A template is plain text in `templates/NAME.LOCALE.txt`: the subject on its first line, paragraphs below,
`$names` for values. HTML is made of the same paragraphs, so there is no second text to keep true, and every
value is escaped on its way in. Templates hold no code: values are put in by `string.Template`, once, and what
stands in a value is never looked at again.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal, get_args

from ecg.errors import InputError

Locale = Literal["en", "ko"]

FOLDER = Path(__file__).parent / "templates"
MAX_VALUE = 2000
"""Characters; a signed link fits."""
_ALONE = re.compile(r"\$\{?([a-z_]+)\}?")
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


class UnknownTemplate(InputError):
    code = "UNKNOWN_TEMPLATE"


class InvalidMessage(InputError):
    code = "INVALID_MESSAGE"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as people read it. `subject` is one line."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A template in one language."""

    subject: Template
    paragraphs: tuple[Template, ...]

    @property
    def names(self) -> set[str]:
        """The values that it needs."""
        return {name for part in (self.subject, *self.paragraphs) for name in part.get_identifiers()}


def render(template: str, locale: str, values: Mapping[str, str]) -> Rendered:
    """Fill a template with values as `usable_values` answers them. Raises UnknownTemplate, InvalidMessage."""
    wording = load(template, locale)
    usable = usable_values(template, locale, values)
    subject = wording.subject.substitute(usable)
    text = "\n\n".join(paragraph.substitute(usable) for paragraph in wording.paragraphs) + "\n"
    escaped = {name: html.escape(value) for name, value in usable.items()}
    body = "\n".join(_paragraph(paragraph, usable, escaped) for paragraph in wording.paragraphs)
    layout = Template((FOLDER / "layout.html").read_text("utf-8"))
    return Rendered(subject, text, layout.substitute(locale=locale, subject=html.escape(subject), body=body))


def usable_values(template: str, locale: str, values: Mapping[str, object]) -> dict[str, str]:
    """The values that the template needs, each as one line of printable text.

    Raises UnknownTemplate, and InvalidMessage for a value that is missing or too long.
    """
    usable = {}
    for name in sorted(load(template, locale).names):
        if name not in values:
            raise InvalidMessage(f"the template {template!r} needs a value {name!r}", where=f"/values/{name}")
        usable[name] = one_line(str(values[name]))
        if len(usable[name]) > MAX_VALUE:
            raise InvalidMessage(
                f"the value {name!r} has more than {MAX_VALUE:,} characters", where=f"/values/{name}"
            )
    return usable


def one_line(text: str) -> str:
    """Without line breaks, control characters, and those that turn the direction of the text around."""
    printable = (" " if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") else char for char in text)
    return " ".join(_BIDI_CONTROLS.sub("", "".join(printable)).split())


def locale_of(tag: str) -> Locale:
    """The language of a BCP 47 tag that there are templates in; English for all others."""
    primary = tag.replace("_", "-").split("-")[0].lower()
    return next((locale for locale in get_args(Locale) if locale == primary), "en")


@cache
def load(template: str, locale: str) -> Wording:
    """Raises UnknownTemplate."""
    known = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.txt")})
    if template not in known or locale not in get_args(Locale):
        raise UnknownTemplate(
            f"there is no template {template!r} in {locale!r}", hint=f"known: {', '.join(known)}"
        )
    subject, _, body = (FOLDER / f"{template}.{locale}.txt").read_text("utf-8").partition("\n")
    return Wording(Template(subject), tuple(Template(part) for part in body.strip().split("\n\n")))


def _paragraph(paragraph: Template, values: Mapping[str, str], escaped: Mapping[str, str]) -> str:
    """A value that stands alone and is a web address becomes a link."""
    alone = _ALONE.fullmatch(paragraph.template)
    content = paragraph.substitute(escaped).replace("\n", "<br>\n")
    if alone and values[alone[1]].startswith(("https://", "http://")):
        content = f'<a href="{content}">{content}</a>'
    return f"<p>{content}</p>"
