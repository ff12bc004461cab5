"""The font packages ECG fetches: which, in what version, and how they come onto this machine.

The variable faces that captions need (axes for loudness, pitch and width) are published as npm packages by
the Fontsource project. `npm pack` fetches an archive through whatever registry the user's npm is set up for;
the archive is trusted only when its SHA-512 is the pinned one, and only the files that its style sheet names
are taken out of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ecg.assets.code_points import read_code_points, write_ranges
from ecg.assets.places import fonts_dir
from ecg.errors import MissingDependency, StorageError

PULL_COMMAND = "ecg models pull"
STYLESHEET = "faces.css"
COVERAGE = "coverage.json"

_TIMEOUT_SECONDS = 300.0
_SOURCE = re.compile(r"url\(\./files/([A-Za-z0-9._-]+\.woff2)\)")

Progress = Callable[[str, float], None]
"""Called with what is being done and the share done, 0 … 1."""


@dataclass(frozen=True, slots=True)
class FontPackage:
    """One pinned package: a family, and the style sheet inside it that carries the axes we use."""

    name: str
    family: str
    version: str
    integrity: str
    """SHA-512 of the archive, Base64, as npm writes it."""
    css: str
    axes: tuple[str, ...]
    """Those that captions use; the file may carry more."""
    scripts: str
    """What it is there for, in words."""

    @property
    def folder(self) -> Path:
        return fonts_dir() / f"{self.name}-{self.version}"

    @property
    def installed(self) -> bool:
        return (self.folder / COVERAGE).is_file()


PACKAGES = (
    FontPackage(
        name="roboto-flex",
        family="Roboto Flex Variable",
        version="5.3.0",
        integrity="bOxckUy0qXNRjhV6e4pcHGSvptix4ZRD1uaj5Za8h+p3qrb2GL4U4TQdpVmPSy0SmqwldfD+JJqEKdF68EyiAw==",
        css="full.css",
        axes=(
            "wght",
            "wdth",
            "opsz",
            "slnt",
            "GRAD",
            "XOPQ",
            "XTRA",
            "YOPQ",
            "YTAS",
            "YTDE",
            "YTFI",
            "YTLC",
            "YTUC",
        ),
        scripts="Latin, Greek, Cyrillic, Vietnamese",
    ),
    FontPackage(
        name="noto-sans-kr",
        family="Noto Sans KR Variable",
        version="5.3.1",
        integrity="f5aty6Qgk2LVU5TjCtXHxiYHqUWYW8f75ll0Chn8ucCqoOlIomcACUwf1V47yUt6wTdWZiGr3dcbQk+zlOspMA==",
        css="wght.css",
        axes=("wght",),
        scripts="Hangul",
    ),
    FontPackage(
        name="noto-sans-jp",
        family="Noto Sans JP Variable",
        version="5.3.1",
        integrity="/anGvJFc5y36f8DJ+3TSh2+KAvaRLA9PaLUMvneeY5s4j8m+8X4F3lE/sjTuG9YI5BX4sykvCk4TuJMG7ecMRQ==",
        css="wght.css",
        axes=("wght",),
        scripts="kana and Han as written in Japan",
    ),
    FontPackage(
        name="noto-sans-sc",
        family="Noto Sans SC Variable",
        version="5.3.1",
        integrity="UB96JJ17HyD5ehEU7Em0hDdh7fvTMB4B4Hzmq5c4QaNwwSLqTrdM2S+coySeBqCkXwh0DxqXT0b0wMrmzorFpQ==",
        css="wght.css",
        axes=("wght",),
        scripts="Han, simplified",
    ),
    FontPackage(
        name="noto-sans-tc",
        family="Noto Sans TC Variable",
        version="5.3.1",
        integrity="gueh+AySNkihE+HvizXLHltxt5/xVFSvw6ISnKTlpb/lG5QQm6u/KwuempTJ/jDYMST3xwiERYTTyseoJ/Kxew==",
        css="wght.css",
        axes=("wght",),
        scripts="Han, traditional",
    ),
    FontPackage(
        name="noto-sans-arabic",
        family="Noto Sans Arabic Variable",
        version="5.3.0",
        integrity="Rz8+DBzza3//cmN+DBQajJhx3x+Dx12eUgnQsTOgPWbOT0+In6APmE8z4I/QQnUWfAx+s8l93+60qDT5vJH1sA==",
        css="wdth.css",
        axes=("wght", "wdth"),
        scripts="Arabic",
    ),
    FontPackage(
        name="noto-sans-hebrew",
        family="Noto Sans Hebrew Variable",
        version="5.3.0",
        integrity="jGIZ2EOCTtT1ZhLthz6nEpPXGMniSPI/0tv5CDFDZ7MPYyoj6FskW7WJ0YTyesFADdzjx7F2Pg5W1PWD6y9UFw==",
        css="wdth.css",
        axes=("wght", "wdth"),
        scripts="Hebrew",
    ),
)


def fetch(progress: Progress | None = None) -> list[FontPackage]:
    """Fetch every pinned package that is not here yet; returns those that were fetched.

    Raises:
        MissingDependency: npm is absent, reaches no registry, or hands over another archive.
        StorageError: the fonts cannot be written.
    """
    wanted = [package for package in PACKAGES if not package.installed]
    for done, package in enumerate(wanted):
        if progress:
            progress(f"{package.family} {package.version}", done / len(wanted))
        with tempfile.TemporaryDirectory(prefix="ecg-fonts-") as folder:
            install(package, pack(package, Path(folder)))
    return wanted


def pack(package: FontPackage, folder: Path) -> Path:
    """Let npm, with the user's own settings, download the package's archive into `folder`."""
    npm = shutil.which("npm")
    if npm is None:
        raise MissingDependency(
            f"{package.family} cannot be fetched: npm is not installed",
            hint=f"apt-get install --no-install-recommends npm (macOS: brew install node); {PULL_COMMAND}",
        )
    spec = f"@fontsource-variable/{package.name}@{package.version}"
    command = [npm, "pack", spec, "--pack-destination", str(folder), "--ignore-scripts", "--loglevel=error"]
    try:
        done = subprocess.run(
            command, cwd=folder, check=False, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _not_fetched(package, str(error)) from error
    archives = sorted(folder.glob("*.tgz"))
    if done.returncode != 0 or not archives:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise _not_fetched(package, lines[0] if lines else "npm gave no reason")
    return archives[0]


def install(package: FontPackage, archive: Path) -> None:
    """Check the archive against the pinned hash and unpack the faces, their style sheet and their licence.

    The folder appears under its final name only when it is complete.

    Raises:
        MissingDependency: the archive is not the pinned one.
        StorageError: the fonts cannot be written.
    """
    data = archive.read_bytes()
    found = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if found != package.integrity:
        raise MissingDependency(
            f"the archive of {package.family} {package.version} is not the pinned one (its SHA-512 differs)",
            hint=f"check what npm's registry setting points at, then: {PULL_COMMAND}",
        )
    part = package.folder.with_name(f".{package.folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _unpack(package, archive, part)
        shutil.rmtree(package.folder, ignore_errors=True)
        part.rename(package.folder)
    except OSError as error:
        raise StorageError(
            f"the fonts cannot be written: {error.strerror}", where=str(package.folder)
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _unpack(package: FontPackage, archive: Path, target: Path) -> None:
    """Take out only members that we name ourselves, so that no path inside the archive is ever followed."""
    with tarfile.open(archive) as tar:
        css = _member(tar, f"package/{package.css}")
        (target / STYLESHEET).write_bytes(css)
        (target / "LICENSE").write_bytes(_member(tar, "package/LICENSE"))
        points: set[int] = set()
        for name in sorted(set(_SOURCE.findall(css.decode()))):
            (target / name).write_bytes(_member(tar, f"package/files/{name}"))
            points |= read_code_points(target / name)
    (target / COVERAGE).write_text(json.dumps(write_ranges(points)), encoding="ascii")


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    if file is None:
        raise OSError(0, f"{name} is not a file in the archive")
    return file.read()


def _not_fetched(package: FontPackage, reason: str) -> MissingDependency:
    return MissingDependency(
        f"{package.family} could not be fetched: {reason}",
        hint=f"check that npm works and reaches its registry, then: {PULL_COMMAND}",
    )
