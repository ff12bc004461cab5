"""Fetching fonts: only the pinned archive is unpacked, whole or not at all, and failures say what to do."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from ecg.assets import font_packages
from ecg.assets.font_packages import PACKAGES, FontPackage, fetch, install, pack
from ecg.errors import MissingDependency, StorageError

CSS = (
    "@font-face { font-family: 'Tiny Variable'; font-style: normal; font-weight: 100 900;"
    " src: url(./files/tiny-latin-wght-normal.woff2) format('woff2-variations');"
    " unicode-range: U+0041-0042; }"
)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("ECG_ASSETS_DIR", str(folder))
    return folder


def tiny_font() -> bytes:
    """A real WOFF2 that draws A and B."""
    pen: Any = TTGlyphPen
    build: Any = FontBuilder  # fontTools' builder is not typed
    builder = build(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A", "B"])
    builder.setupCharacterMap({0x41: "A", 0x42: "B"})
    builder.setupGlyf(dict.fromkeys([".notdef", "A", "B"], pen(None).glyph()))
    builder.setupHorizontalMetrics({".notdef": (500, 0), "A": (500, 0), "B": (500, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Tiny", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.font.flavor = "woff2"
    file = io.BytesIO()
    builder.save(file)
    return file.getvalue()


def tiny_package(folder: Path, **extra: bytes) -> tuple[FontPackage, Path]:
    """A package as npm would hand it over, and its pinned description."""
    members = {
        "package/wght.css": CSS.encode(),
        "package/LICENSE": b"SIL Open Font License",
        "package/files/tiny-latin-wght-normal.woff2": tiny_font(),
        "package/index.js": b"process.exit(1)",
        "package/../../../escaped": b"outside",
        **extra,
    }
    archive = folder / "tiny.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    integrity = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    package = FontPackage("tiny", "Tiny Variable", "1.0.0", integrity, "wght.css", ("wght",), "two letters")
    return package, archive


class TestInstall:
    def test_unpacks_faces_style_sheet_and_licence_only(self, tmp_path: Path) -> None:
        package, archive = tiny_package(tmp_path)
        assert not package.installed
        install(package, archive)
        assert package.installed
        names = sorted(path.name for path in package.folder.iterdir())
        assert names == ["LICENSE", "coverage.json", "faces.css", "tiny-latin-wght-normal.woff2"]

    def test_notes_what_the_faces_draw(self, tmp_path: Path) -> None:
        package, archive = tiny_package(tmp_path)
        install(package, archive)
        assert (package.folder / "coverage.json").read_text() == "[[65, 66]]"

    def test_refuses_an_archive_that_is_not_the_pinned_one(self, tmp_path: Path, data_folder: Path) -> None:
        package, archive = tiny_package(tmp_path)
        with archive.open("ab") as file:
            file.write(b"\0")
        with pytest.raises(MissingDependency, match="SHA-512") as caught:
            install(package, archive)
        assert caught.value.hint
        assert not data_folder.exists()

    def test_replaces_what_an_interrupted_run_left(self, tmp_path: Path) -> None:
        package, archive = tiny_package(tmp_path)
        package.folder.mkdir(parents=True)
        (package.folder / "half.woff2").write_bytes(b"half")
        assert not package.installed
        install(package, archive)
        assert package.installed
        assert not (package.folder / "half.woff2").exists()

    def test_says_where_it_cannot_write(self, tmp_path: Path, data_folder: Path) -> None:
        package, archive = tiny_package(tmp_path)
        data_folder.write_text("a file where a folder should be")
        with pytest.raises(StorageError) as caught:
            install(package, archive)
        assert str(data_folder) in str(caught.value)


class TestPack:
    def test_without_npm_names_the_command(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(MissingDependency, match="npm is not installed") as caught:
            pack(PACKAGES[0], tmp_path)
        assert "npm" in (caught.value.hint or "")

    def test_a_failing_npm_is_quoted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        npm = tmp_path / "npm"
        npm.write_text("#!/bin/sh\necho 'npm error network unreachable' >&2\nexit 1\n")
        npm.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        with pytest.raises(MissingDependency, match="network unreachable"):
            pack(PACKAGES[0], tmp_path)


def test_fetch_leaves_alone_what_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, archive = tiny_package(tmp_path)
    install(package, archive)
    monkeypatch.setattr(font_packages, "PACKAGES", (package,))
    monkeypatch.setenv("PATH", str(tmp_path))  # no npm: fetching anything would fail
    assert fetch() == []
    monkeypatch.setattr(font_packages, "PACKAGES", (package, replace(package, name="other")))
    with pytest.raises(MissingDependency):
        fetch()


def test_every_package_is_pinned_to_a_version_and_a_hash() -> None:
    for package in PACKAGES:
        assert all(part.isdigit() for part in package.version.split("."))
        assert len(base64.b64decode(package.integrity)) == hashlib.sha512().digest_size
