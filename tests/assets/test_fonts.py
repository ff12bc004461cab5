"""The faces that captions are set in, on this machine as the set-up left it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ecg.assets import fonts, system_fonts
from ecg.assets.font_packages import PACKAGES

needs_fonts = pytest.mark.skipif(
    not all(package.installed for package in PACKAGES), reason="fonts are not fetched: ecg models pull"
)
needs_fontconfig = pytest.mark.skipif(shutil.which("fc-list") is None, reason="no fontconfig here")


@needs_fonts
class TestInstalled:
    def test_roboto_flex_has_the_axes_that_show_a_voice(self) -> None:
        faces = [face for face in fonts.installed() if face.family == "Roboto Flex Variable"]
        assert faces
        for face in faces:
            assert face.weight == (100, 1000)
            assert face.stretch == (25, 151)
            assert {"wght", "wdth", "opsz", "slnt", "GRAD"} <= set(face.axes)

    def test_every_file_exists_under_a_name_of_its_own(self) -> None:
        files = [face.file for face in fonts.installed()]
        assert all(file.is_file() for file in files)
        assert len({file.name for file in files}) == len(files)

    @pytest.mark.parametrize(
        "text", ["Hello", "안녕하세요", "こんにちは", "你好 您們", "مرحبا", "שלום", "Ελλάδα", "Привет"]
    )
    def test_scripts_are_drawn_by_fetched_faces(self, text: str) -> None:
        assert {ord(char) for char in text if not char.isspace()} <= fonts.coverage()

    def test_style_sheet_serves_every_file_from_the_prefix(self) -> None:
        css = fonts.stylesheet("/fonts/")
        assert css.count("@font-face") == len(fonts.installed())
        for face in fonts.installed():
            assert f"url('/fonts/{face.file.name}')" in css

    def test_nothing_is_substituted(self) -> None:
        assert fonts.substitutes() == []


class TestSubstitutes:
    @pytest.fixture(autouse=True)
    def _no_fonts_fetched(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ECG_ASSETS_DIR", str(tmp_path))

    def test_every_family_is_named_with_the_command_that_fetches_it(self) -> None:
        told = [str(substitute) for substitute in fonts.substitutes()]
        assert len(told) == len(PACKAGES)
        for package, line in zip(PACKAGES, told, strict=True):
            assert package.family in line
            assert "ecg models pull" in line

    @needs_fontconfig
    def test_style_sheet_takes_the_system_face_of_each_weight(self) -> None:
        if not system_fonts.faces("Noto Sans"):
            pytest.skip("Noto Sans is not installed")
        css = fonts.stylesheet("/fonts/")
        assert "font-family:'Roboto Flex Variable'" in css
        assert "local('NotoSans-Bold')" in css or "local('Roboto-Bold')" in css
        assert "url(" not in css


@needs_fontconfig
class TestMissingGlyphs:
    def test_unassigned_and_private_code_points_are_reported_once_in_order(self) -> None:
        assert fonts.missing_glyphs("a\U0010fffdb\U000e0fff\U0010fffd") == ["\U0010fffd", "\U000e0fff"]

    def test_what_shapes_but_is_not_drawn_is_not_missing(self) -> None:
        assert fonts.missing_glyphs("a\u200d\u200f\ufe0f\u2066\n\t ") == []

    def test_system_fonts_draw_emoji(self) -> None:
        if not system_fonts.faces("Noto Color Emoji"):
            pytest.skip("fonts-noto-color-emoji is not installed")
        assert fonts.missing_glyphs("😀 👨‍👩‍👧 ❤️") == []


@needs_fontconfig
def test_without_fontconfig_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system_fonts.code_points() is None
    assert fonts.missing_glyphs("\U0010fffd") == []
    monkeypatch.undo()
    assert system_fonts.code_points() is not None
