"""What a template's style sheet may hold, checked before a browser sees it.

A template folder may come from anybody. Its CSS moves and decorates the words of its own cues and does
nothing else: it fetches nothing, reaches no other element, closes no tag, and has no way to behave
differently from one frame to the next. The check is a small grammar, not a blacklist: rules whose selectors
all begin with the template's class, and keyframes that carry its name. What it does not understand it
refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ecg.errors import InputError

MAX_BYTES = 64 * 1024

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_FORBIDDEN = {
    "url(": "loads a file",
    "src(": "loads a file",
    "image(": "loads a file",
    "image-set(": "loads a file",
    "cross-fade(": "loads a file",
    "element(": "shows other parts of the page",
    "paint(": "runs a script",
    "expression(": "runs a script",
    "javascript:": "runs a script",
    "behavior:": "runs a script",
    "-moz-binding": "runs a script",
    "</style": "closes the style sheet",
    "<!--": "closes the style sheet",
    "attr(": "reads other parts of the page",
    "\\": "hides what it says behind an escape",
}
_NOT_A_FUNCTION_OF_TIME = re.compile(
    r"(?<![\w-])(transition[\w-]*|animation-play-state|scroll-timeline|animation-timeline)\s*:"
)


def check_stylesheet(css: str, name: str, path: Path) -> None:
    """Raise `InputError`, with file and line, unless `css` is harmless and belongs to template `name`."""
    plain = _without_comments(css, path)
    lowered = plain.lower()
    for token, harm in _FORBIDDEN.items():
        at = lowered.find(token)
        if at >= 0:
            raise _refusal(f"{token!r} {harm}, which a template may not do", plain, at, path)
    if moved := _NOT_A_FUNCTION_OF_TIME.search(lowered):
        raise _refusal(
            f"{moved[1]!r} makes a frame depend on the frames before it", plain, moved.start(), path
        )
    for at, prelude in _top_level_rules(plain, path):
        _check_prelude(prelude, at, name, plain, path)


def _without_comments(css: str, path: Path) -> str:
    """`css` with comments blanked out, so that offsets and lines stay true."""
    plain = _COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), css)
    if (at := plain.find("/*")) >= 0:
        raise _refusal("a comment is not closed", plain, at, path)
    return plain


def _top_level_rules(css: str, path: Path) -> Iterator[tuple[int, str]]:
    """Offset and prelude of each rule outside all braces."""
    depth, start, quote, prelude = 0, 0, "", ""
    for at, char in enumerate(css):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            if depth == 0:
                prelude = css[start:at]
                yield start, prelude
            elif depth > 1 or not prelude.lstrip().startswith("@"):
                raise _refusal("rules may not be nested", css, at, path)
            depth += 1
        elif char == "}":
            depth -= 1
            start = at + 1
            if depth < 0:
                raise _refusal("a closing brace has no opening one", css, at, path)
        elif char == ";" and depth == 0:
            raise _refusal("only rules and @keyframes may stand here", css, at, path)
    if depth or quote or css[start:].strip():
        raise _refusal("the style sheet ends inside a rule", css, max(0, len(css) - 1), path)


def _check_prelude(prelude: str, at: int, name: str, css: str, path: Path) -> None:
    at += len(prelude) - len(prelude.lstrip())
    prelude = prelude.strip()
    if prelude.startswith("@"):
        keyframes = re.fullmatch(r"@keyframes\s+([\w-]+)", prelude)
        if keyframes is None:
            raise _refusal(f"{prelude.split()[0]} is not allowed; only @keyframes is", css, at, path)
        if not keyframes[1].startswith(f"{name}-"):
            raise _refusal(f"@keyframes {keyframes[1]!r} must be called '{name}-…'", css, at, path)
        return
    own = re.compile(rf"\.t-{re.escape(name)}(?![\w-])")
    for selector in _selectors(prelude):
        if not own.match(selector):
            raise _refusal(f"the selector {selector!r} must begin with '.t-{name}'", css, at, path)
        if "~" in selector or "+" in selector:
            raise _refusal(f"the selector {selector!r} reaches other cues", css, at, path)


def _selectors(prelude: str) -> list[str]:
    """A selector list, cut at the commas outside brackets."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(prelude):
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append(prelude[start:i].strip())
            start = i + 1
    return [*parts, prelude[start:].strip()]


def _refusal(message: str, css: str, at: int, path: Path) -> InputError:
    line = css.count("\n", 0, at) + 1
    return InputError(
        f"template style sheet refused: {message}",
        where=f"{path}:{line}",
        hint="docs/captions.md tells what a template may hold",
    )
