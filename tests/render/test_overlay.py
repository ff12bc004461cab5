"""Blending is exact to a fraction of a level, in every signal, and touches nothing else."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ecg.errors import MediaError
from ecg.media import ColourTags
from ecg.render.areas import Area, CoveredAreas
from ecg.render.changes import Change, Patch
from ecg.render.colour import Transfer, signal_of
from ecg.render.overlay import Overlay, PlaneLayout
from ecg.render.stretch import Stretch
from tests.render.synthetic import patch

WIDTH, HEIGHT = 64, 48
LAYOUT = PlaneLayout(WIDTH, HEIGHT, 1, 1)
SDR = signal_of(ColourTags(1, 1, 1), depth=8, width=WIDTH, height=HEIGHT)


def noise(seed: int, pixel_format: str = "yuv420p") -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, pixel_format)
    values = np.random.default_rng(seed)
    for plane in frame.planes:
        if pixel_format.endswith("10le"):
            plane.update(values.integers(0, 1024, plane.buffer_size // 2, dtype=np.uint16).tobytes())
        else:
            plane.update(values.integers(0, 256, plane.buffer_size, dtype=np.uint8).tobytes())
    return frame


def planes(frame: av.VideoFrame, dtype: type[np.unsignedinteger] = np.uint8) -> list[NDArray[np.float64]]:
    return [
        np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)[:, : plane.width].astype(np.float64)
        for plane in frame.planes
    ]


def random_patch(seed: int, x: int = 8, y: int = 4, width: int = 40, height: int = 32) -> Patch:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Patch(x, y, width, height, memoryview(pixels.tobytes()))


def exact(
    before: list[NDArray[np.float64]], laid: Patch, samples: NDArray[np.float32]
) -> list[NDArray[np.float64]]:
    """The blend in floating point: premultiplied, then chroma as the mean of four pixels."""
    rgba = np.frombuffer(laid.rgba, np.uint8).reshape(laid.height, laid.width, 4) / 255
    alpha = rgba[..., 3:]
    premultiplied = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2)
    result = [plane.copy() for plane in before]
    for number, plane in enumerate(result):
        part = premultiplied
        halve = 1 if number == 0 else 2
        if halve == 2:
            part = part.reshape(laid.height // 2, 2, laid.width // 2, 2, 4).mean(axis=(1, 3))
        at = (
            slice(laid.y // halve, (laid.y + laid.height) // halve),
            slice(laid.x // halve, (laid.x + laid.width) // halve),
        )
        plane[at] = plane[at] * (1 - part[..., 3]) + part @ samples[number].astype(np.float64)
    return result


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_8_bit_blending_is_within_a_level_of_the_formula(seed: int) -> None:
    frame, laid = noise(seed), random_patch(seed)
    before = planes(frame)
    overlay = Overlay(LAYOUT, SDR)
    overlay.apply(Change(0, True, (laid,)))
    overlay.blend(frame)
    for ours, wanted in zip(planes(frame), exact(before, laid, SDR.samples()), strict=True):
        error = ours - wanted
        assert np.abs(error).max() <= 1.02  # half a level of rounding, half of an alpha of 1/256
        assert abs(error.mean()) < 0.05
        assert np.abs(error).mean() < 0.32  # rounding alone costs 0.25


def test_10_bit_blending_is_exact_but_for_rounding() -> None:
    signal = signal_of(ColourTags(1, 1, 1), depth=10, width=WIDTH, height=HEIGHT)
    frame, laid = noise(1, "yuv420p10le"), random_patch(1)
    before = planes(frame, np.uint16)
    overlay = Overlay(LAYOUT, signal)
    overlay.apply(Change(0, True, (laid,)))
    overlay.blend(frame)
    for ours, wanted in zip(planes(frame, np.uint16), exact(before, laid, signal.samples()), strict=True):
        assert np.abs(ours - wanted).max() <= 0.7


@pytest.mark.parametrize("full_range", [False, True])
def test_white_on_white_never_overflows(full_range: bool) -> None:
    signal = signal_of(ColourTags(1, 1, 1, full_range=full_range), depth=8, width=WIDTH, height=HEIGHT)
    for alpha in range(256):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane in frame.planes:
            plane.update(b"\xff" * plane.buffer_size)
        overlay = Overlay(LAYOUT, signal)
        overlay.apply(Change(0, True, (patch(0, 0, 16, 16, (255, 255, 255, alpha)),)))
        overlay.blend(frame)
        white = 255 if full_range else 255 + (235 - 255) * alpha / 255
        assert abs(planes(frame)[0][4, 4] - white) <= 1


def test_pixels_outside_and_transparent_ones_are_untouched() -> None:
    frame = noise(2)
    before = planes(frame)
    overlay = Overlay(LAYOUT, SDR)
    overlay.apply(Change(0, True, (patch(0, 0, 64, 48, (9, 9, 9, 0)), patch(10, 10, 8, 8, (255, 0, 0, 255)))))
    overlay.blend(frame)
    after = planes(frame)
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[10:18, 10:18] = True
    assert (after[0][~inside] == before[0][~inside]).all()
    assert (after[0][inside] != before[0][inside]).any()


def test_patches_replace_and_clear_empties() -> None:
    overlay = Overlay(LAYOUT, SDR)
    overlay.apply(Change(0, False, (patch(8, 8, 16, 16, (255, 0, 0, 255)),)))
    assert overlay.visible
    overlay.apply(Change(1, False, (patch(8, 8, 16, 16, (0, 0, 0, 0)),)))
    assert not overlay.visible
    overlay.apply(Change(2, False, (patch(8, 8, 16, 16, (255, 0, 0, 255)),)))
    overlay.apply(Change(3, True, ()))
    frame = noise(3)
    before = planes(frame)
    overlay.blend(frame)
    assert all((one == other).all() for one, other in zip(planes(frame), before, strict=True))


@pytest.mark.parametrize(
    ("tags", "rgb", "wanted"),
    [
        (ColourTags(1, 1, 1), (255, 255, 255), (235, 128, 128)),
        (ColourTags(1, 1, 1), (255, 0, 0), (63, 102, 240)),
        (ColourTags(6, 6, 6), (255, 0, 0), (81, 90, 240)),
        (ColourTags(6, 6, 6, full_range=True), (255, 0, 0), (76, 85, 255)),
        (ColourTags(1, 1, 1, full_range=True), (0, 0, 255), (18, 255, 116)),
    ],
)
def test_colours_of_the_standards(
    tags: ColourTags, rgb: tuple[int, int, int], wanted: tuple[int, int, int]
) -> None:
    signal = signal_of(tags, depth=8, width=1920, height=1080)
    frame = noise(4)
    overlay = Overlay(LAYOUT, signal)
    overlay.apply(Change(0, True, (patch(0, 0, 16, 16, (*rgb, 255)),)))
    overlay.blend(frame)
    assert [int(plane[2, 2]) for plane in planes(frame)] == pytest.approx(list(wanted), abs=1)


@pytest.mark.parametrize(("transfer", "signal_level"), [(16, 0.58), (18, 0.75)])
def test_white_on_hdr_is_graphics_white(transfer: int, signal_level: float) -> None:
    """ITU-R BT.2408: 203 cd/m2 is 58 % PQ and 75 % HLG."""
    signal = signal_of(ColourTags(9, 9, transfer), depth=10, width=1920, height=1080)
    assert signal.transfer is not Transfer.SDR
    frame = noise(5, "yuv420p10le")
    overlay = Overlay(LAYOUT, signal)
    overlay.apply(Change(0, True, (patch(0, 0, 16, 16, (255, 255, 255, 255)),)))
    overlay.blend(frame)
    luma, chroma_b, chroma_r = (plane[2, 2] for plane in planes(frame, np.uint16))
    assert (luma - 64) / 876 == pytest.approx(signal_level, abs=0.005)
    assert (chroma_b, chroma_r) == pytest.approx((512, 512), abs=1)


def test_wide_colours_keep_black_and_pull_red_in() -> None:
    signal = signal_of(ColourTags(9, 9, 14), depth=10, width=1920, height=1080)
    red = signal.video_rgb(np.array([255, 0, 0], np.uint8).reshape(3, 1, 1)).ravel()
    assert red == pytest.approx([0.8105, 0.2925, 0.1337], abs=0.01)
    assert signal.video_rgb(np.zeros((3, 1, 1), np.uint8)).max() < 0.001


def test_untagged_video_is_read_as_players_do() -> None:
    assert signal_of(ColourTags(), depth=8, width=1280, height=720).kr == 0.2126
    assert signal_of(ColourTags(), depth=8, width=720, height=576).kr == 0.299
    with pytest.raises(MediaError, match="colour matrix 14"):
        signal_of(ColourTags(matrix=14), depth=10, width=1280, height=720)


AREAS = st.builds(
    lambda x, y, w, h: Area(x, y, x + w, y + h),
    st.integers(0, 400),
    st.integers(0, 400),
    st.integers(2, 200),
    st.integers(2, 200),
)


@given(st.lists(AREAS, max_size=12))
def test_covered_areas_never_overlap_and_cover_all(areas: list[Area]) -> None:
    covered = CoveredAreas()
    for area in areas:
        covered.add(area)
    for number, one in enumerate(covered.areas):
        assert not any(one.overlaps(other) for other in covered.areas[number + 1 :])
    for area in areas:
        assert any(known.holds(area) for known in covered.areas)


def test_distant_areas_stay_apart() -> None:
    covered = CoveredAreas()
    covered.add(Area(0, 0, 400, 100))
    covered.add(Area(0, 600, 400, 700))
    assert len(covered.areas) == 2
    covered.drop_inside(Area(0, 0, 400, 100))
    assert covered.areas == [Area(0, 600, 400, 700)]


def test_stretching_piecewise_equals_stretching_whole() -> None:
    values = np.random.default_rng(6).random((4, 60, 86), dtype=np.float32)
    pieces, whole = (Stretch.between((86, 60), (64, 60)) for _ in range(2))
    assert pieces is not None
    assert whole is not None
    target = np.zeros((4, 60, 64), np.float32)
    for left in range(0, 86, 22):
        right = min(86, left + 22)
        planes_, area = pieces.lay(values[:, :, left:right], Area(left, 0, right, 60))
        target[:, area.top : area.bottom, area.left : area.right] = planes_
    wanted, area = whole.lay(values, Area(0, 0, 86, 60))
    assert area == Area(0, 0, 64, 60)
    assert np.abs(target - wanted).max() < 1e-5
    assert wanted.mean() == pytest.approx(values.mean(), abs=0.01)
    assert Stretch.between((64, 60), (64, 60)) is None
