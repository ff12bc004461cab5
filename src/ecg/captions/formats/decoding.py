"""Bytes to text: subtitle files rarely say how they are encoded."""

from __future__ import annotations

import codecs
import re

from ecg.captions.formats.reading import Warnings
from ecg.errors import ScenarioError

MAX_BYTES = 5 * 1024 * 1024
"""Largest scenario or subtitle file, as in the render contract."""

MAX_TEXT = 50_000
"""Characters of one cue, markup and all."""

MAX_NESTING = 50
"""Tags that may stand open at once; what opens deeper is left out."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LINE_END = re.compile(r"\r\n|\r|\n")
"""What ends a line of a subtitle file; the rarer line ends of Unicode are text."""

_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def decode_json(data: bytes) -> str:
    """JSON is UTF-8; a byte order mark of UTF-8 or UTF-16 is obeyed. Anything else is a `ScenarioError`."""
    _refuse_large(data)
    marked = _by_mark(data)
    if marked is not None:
        return marked
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        raise ScenarioError(
            "this JSON is not encoded as UTF-8",
            where=f"line {data[: exc.start].count(10) + 1}",
            hint="save the file as UTF-8",
        ) from None


def refuse_long(text: str, where: str) -> None:
    """A cue that is as long as a book is a `ScenarioError`: it would take minutes to take apart."""
    if len(text) > MAX_TEXT:
        raise ScenarioError(f"the cue has more than {MAX_TEXT:,} characters", where=where, hint="split it")


def decode_subtitles(data: bytes, warnings: Warnings) -> str:
    """The text of a subtitle file: by its byte order mark, as UTF-8, else by a guess that is reported.

    The guess is CP949 (Korean) where the bytes beyond ASCII come in pairs of the KS X 1001 range, else
    Windows-1252. A file that holds zero bytes is no text and a `ScenarioError`.
    """
    _refuse_large(data)
    marked = _by_mark(data)
    if marked is not None:
        return marked
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(10) + 1
        raise ScenarioError("this is not a text file", where=f"line {line}", hint="is the file name right?")
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    if _looks_korean(data):
        try:
            text = data.decode("cp949")
        except UnicodeDecodeError:
            pass
        else:
            warnings.add("the file is not UTF-8; it was read as CP949 (Korean), which is a guess")
            return text
    warnings.add("the file is not UTF-8; it was read as Windows-1252 (Western European), which is a guess")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _refuse_large(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise ScenarioError(
            f"the file has {len(data) / 1e6:.1f} MB; the limit is {MAX_BYTES >> 20} MiB",
            hint="split the file",
        )


def _by_mark(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as exc:
                raise ScenarioError(
                    f"the file says that it is {encoding.removesuffix('-sig').upper()} and is not",
                    where=f"byte {exc.start}",
                ) from None
    return None


def _looks_korean(data: bytes) -> bool:
    """Accented Latin letters stand alone between ASCII letters; Hangul comes in runs of byte pairs."""
    runs = _HIGH_RUN.findall(data)
    pairs = [run for run in runs if len(run) % 2 == 0 and min(run) >= 0xA1]
    return len(pairs) > 0.8 * len(runs)
