from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.captions.typeface import axis_factor, families, optical_factor, width_px


def test_each_script_asks_for_its_own_face_before_the_other_cjk_faces() -> None:
    assert families("japanese", "ja")[:2] == ("Roboto Flex Variable", "Noto Sans JP Variable")
    assert families("chinese", "zh-Hant")[1:3] == ("Noto Sans TC Variable", "Noto Sans SC Variable")
    assert families("latin", "en", ("Inter",))[0] == "Inter"


def test_widths_are_those_of_roboto_flex() -> None:
    """Measured with the variable font at 36 px, weight 400, width 100."""
    assert width_px("The quick brown fox", 36, 400, 100) == pytest.approx(287.1, rel=0.01)


def test_full_width_letters_fill_an_em_and_hangul_nearly_one() -> None:
    assert width_px("東京", 36, 400, 100) == 72
    assert width_px("서울", 36, 400, 100) == pytest.approx(66, abs=1)


@pytest.mark.parametrize(
    ("weight", "width", "measured"),
    [
        (200, 100, 0.983),
        (600, 100, 1.101),
        (800, 100, 1.204),
        (400, 75, 0.895),
        (400, 125, 1.132),
        (800, 125, 1.328),
    ],
)
def test_axes_widen_as_the_font_does(weight: int, width: float, measured: float) -> None:
    assert axis_factor(weight, width) == pytest.approx(measured, abs=0.03)


@given(st.floats(5, 400))
def test_larger_type_is_relatively_narrower(size: float) -> None:
    assert 0.88 <= optical_factor(size * 1.5) <= optical_factor(size) <= 1.116
