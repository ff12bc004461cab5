"""Templates: one folder each, a manifest (`template.json`) and a style sheet (`style.css`).

The package's own templates lie beside this file. Anyone can add folders of their own: those in the `folders`
argument, then those that the environment variable `ECG_TEMPLATES` lists (separated like `PATH`), are looked
through first, so a user's template may replace one of ours. Users' folders are checked as if a stranger had
made them, because one may have.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from ecg.captions.template import TEMPLATE_NAME, Template
from ecg.errors import InputError
from ecg.templates.stylesheet import MAX_BYTES, check_stylesheet

__all__ = ["LoadedTemplate", "available", "load"]

_OURS = Path(__file__).parent
_MOST_FOLDERS = 500


@dataclass(frozen=True)
class LoadedTemplate:
    manifest: Template
    css: str
    """The style sheet, checked: its rules touch only cues of this template."""


def load(name: str, folders: Sequence[str | os.PathLike[str]] = ()) -> LoadedTemplate:
    """The template called `name`.

    Raises `InputError` where there is none of that name, or where its manifest or style sheet is refused;
    `where` then points into the file.
    """
    if not re.fullmatch(TEMPLATE_NAME, name):
        raise InputError(f"{name!r} is no template name", hint="lower-case letters, digits and hyphens")
    for root in _roots(folders):
        folder = root / name
        if (folder / "template.json").is_file():
            return _read(folder)
    known = ", ".join(t.name for t in available(folders))
    raise InputError(f"there is no template called {name!r}", hint=f"known templates: {known}")


def available(folders: Sequence[str | os.PathLike[str]] = ()) -> list[Template]:
    """Manifests of all templates, "intention" first, then by name.

    A broken folder raises like `load` does: a template that is silently missing is harder to mend than an
    error.
    """
    found: dict[str, Template] = {}
    for root in _roots(folders):
        for folder in sorted(root.iterdir())[:_MOST_FOLDERS]:
            if folder.name not in found and (folder / "template.json").is_file():
                found[folder.name] = _read(folder).manifest
    return sorted(found.values(), key=lambda t: (t.name != "intention", t.name))


def _roots(folders: Sequence[str | os.PathLike[str]]) -> Iterator[Path]:
    """The user's folders, then ours."""
    named = os.environ.get("ECG_TEMPLATES", "").split(os.pathsep)
    for folder in [*map(Path, folders), *(Path(n) for n in named if n)]:
        if not folder.is_dir():
            raise InputError("the template folder does not exist", where=str(folder))
        yield folder
    yield _OURS


def _read(folder: Path) -> LoadedTemplate:
    return _read_ours(folder.name) if folder.parent == _OURS else _read_folder(folder)


@cache
def _read_ours(name: str) -> LoadedTemplate:
    return _read_folder(_OURS / name)


def _read_folder(folder: Path) -> LoadedTemplate:
    manifest_path, css_path = folder / "template.json", folder / "style.css"
    try:
        manifest = Template.model_validate_json(_text(manifest_path))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        raise InputError(
            f"template manifest refused: {first['msg']}", where=f"{manifest_path}#{pointer}"
        ) from error
    if manifest.name != folder.name:
        raise InputError(
            f"template manifest refused: it is called {manifest.name!r} but lies in {folder.name!r}",
            where=f"{manifest_path}#/name",
        )
    css = _text(css_path) if css_path.exists() else ""
    check_stylesheet(css, manifest.name, css_path)
    return LoadedTemplate(manifest, css)


def _text(path: Path) -> str:
    """A small UTF-8 file that lies in the template's own folder."""
    if path.is_symlink() or not path.is_file():
        raise InputError("a template's files must be plain files", where=str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"the template cannot be read: {error.strerror}", where=str(path)) from error
    if len(data) > MAX_BYTES:
        raise InputError(f"a template's file may hold {MAX_BYTES // 1024} KiB at most", where=str(path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("a template's file must be UTF-8", where=f"{path} byte {error.start}") from error
