"""The built files, read once: what is not in the list does not exist, so no path can lead anywhere else."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SITE = Path(__file__).with_name("site")
INDEX = "index.html"
ASSETS = "assets/"
"""The build names these by their content."""
BUILD_COMMAND = "make web"

_TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
"""Some machines' tables of types know these otherwise, or not at all."""


@dataclass(frozen=True, slots=True)
class SiteFile:
    content: bytes
    packed: bytes | None
    """gzip; None where that saves nothing."""
    media_type: str
    tag: str
    """A strong ETag."""
    lasting: bool
    """Its name changes with its content."""


@dataclass(frozen=True, slots=True)
class Site:
    files: Mapping[str, SiteFile]
    """By path below `/`, as ``assets/index-1a2b.js``; empty where nothing was built."""

    @property
    def index(self) -> SiteFile | None:
        return self.files.get(INDEX)


def load_site(folder: Path = SITE) -> Site:
    """All files of the build below `folder`; about five megabytes, most of them fonts."""
    paths = [path for path in folder.rglob("[!.]*") if path.is_file() and path.suffix != ".gz"]
    files = {path.relative_to(folder).as_posix(): _read(path, folder) for path in paths}
    return Site(files)


def _read(path: Path, folder: Path) -> SiteFile:
    content = path.read_bytes()
    packed = path.with_name(path.name + ".gz")
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return SiteFile(
        content=content,
        packed=packed.read_bytes() if packed.is_file() else None,
        media_type=f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type,
        tag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        lasting=path.relative_to(folder).as_posix().startswith(ASSETS),
    )
