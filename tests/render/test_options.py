"""What a caller may ask of a render, as people write it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ecg.errors import InputError
from ecg.render.options import frame_rate


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("30", Fraction(30)),
        (25, Fraction(25)),
        ("30000/1001", Fraction(30000, 1001)),
        ("29.97", Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
        (29.970029970029970, Fraction(30000, 1001)),
        (12.3, Fraction(123, 10)),
    ],
)
def test_frame_rates_as_people_write_them(said: str | float, meant: Fraction) -> None:
    assert frame_rate(said) == meant


@pytest.mark.parametrize("said", ["fast", "1/0", "nan", float("inf"), ""])
def test_what_is_no_frame_rate(said: str | float) -> None:
    with pytest.raises(InputError):
        frame_rate(said)
