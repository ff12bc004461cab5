from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.captions.scenario import Placement

from .documents import Json, group, only_cue, read, text


def place(layout: Json, outer: Json | None = None, **members: object) -> Placement:
    node = text("Hello", layout=layout)
    root = group(node, layout=outer or {}, displayTime=[0, 1])
    found = only_cue(root, **members).placement
    assert found is not None
    return found


def at(x: object, y: object, **members: object) -> Json:
    return {"position": {"x": x, "y": y}, **members}


@pytest.mark.parametrize(
    ("layout", "point"),
    [
        (at(0.2, 0.3), (0.2, 0.3)),
        (at("20%", "30%"), (0.2, 0.3)),
        (at("128px", "72px"), (0.1, 0.1)),
        ({"position": [0.2, 0.3]}, (0.2, 0.3)),
    ],
)
def test_positions(layout: Json, point: tuple[float, float]) -> None:
    found = place(layout)
    assert (found.x, found.y) == pytest.approx(point)


def test_a_child_is_placed_within_the_box_of_its_group() -> None:
    outer = at(1, 1, anchor="br", size={"width": 0.5, "height": 0.5})
    found = place(at(0.5, 0.5), outer)
    assert (found.x, found.y) == pytest.approx((0.75, 0.75))


def test_transforms_of_a_group_move_turn_and_scale_its_children() -> None:
    # A square of half the height about the middle, turned by 90°: its right edge is now its lower edge.
    square = {"width": 0.28125, "height": 0.5}
    outer = at(0.5, 0.5, size=square, transform={"rotate": {"deg": 90}, "scale": {"x": 2, "y": 2}})
    found = place(at(1, 0.5), outer)
    assert (found.x, found.y) == pytest.approx((0.5, 1.0))
    assert found.rotate == pytest.approx(90)
    assert (found.scale_x, found.scale_y) == (2, 2)


def test_rotations_add_up() -> None:
    found = place(at(0.5, 0.5, transform={"rotate": 20}), at(0.5, 0.5, transform={"rotate": 25}))
    assert found.rotate == pytest.approx(45)


def test_translate_counts_in_stages() -> None:
    found = place(at(0.5, 0.5, transform={"translate": {"x": 0.1, "y": "-72px"}}))
    assert (found.x, found.y) == pytest.approx((0.6, 0.4))


def test_the_shape_of_the_stage_keeps_angles_right() -> None:
    outer = at(0.5, 0.5, size={"width": 1, "height": 1}, transform={"rotate": 90})
    found = place(at(0.5, 0), outer, stage={"baseAspect": "9:16"})
    # Half a height above the centre turns into half a height to the right: 8/9 of the width.
    assert (found.x, found.y) == pytest.approx((0.5 + 16 / 9 / 2, 0.5))


def test_a_width_limits_the_lines() -> None:
    assert place(at(0.5, 0.5, size={"width": 0.4})).max_width == pytest.approx(0.4)
    assert place(at(0.5, 0.5, size={"width": "auto", "maxWidth": "30%"})).max_width == pytest.approx(0.3)
    assert place(at(0.5, 0.5)).max_width is None


def test_positions_are_free_unless_clamped_to_the_safe_area() -> None:
    assert place(at(0.5, 0.01)).free
    assert not place(at(0.5, 0.01, safeAreaClamp=True)).free


@pytest.mark.parametrize(("part", "word"), [({"skew": {"x": 5}}, "skew"), ({"scale": {"x": -1}}, "mirror")])
def test_what_cannot_be_drawn_is_a_warning(part: Json, word: str) -> None:
    result = read(text("Hello", displayTime=[0, 1], layout=at(0.5, 0.5, transform=part)))
    assert len(result.scenario.cues) == 1
    assert word in result.warnings[0]


def test_an_odd_anchor_is_a_warning() -> None:
    result = read(text("Hello", displayTime=[0, 1], layout=at(0.5, 0.5, anchor="middle")))
    assert result.scenario.cues[0].placement is not None
    assert "/layout/anchor" in result.warnings[0]


def test_a_subtitle_without_a_position_is_the_templates_to_place() -> None:
    assert only_cue(text("Hello", displayTime=[0, 1])).placement is None


def test_constraints_place_a_root_at_their_edge() -> None:
    constraints = {"anchor": "tl", "maxWidth": 0.6, "safeArea": {"top": 0.1, "left": 0.2}}
    cue = only_cue(text("Hello", displayTime=[0, 1]), track={"defaultConstraints": constraints})
    found = cue.placement
    assert found is not None
    assert (found.x, found.y, found.anchor, found.max_width, found.free) == (0.2, 0.1, "tl", 0.6, False)


def test_a_free_track_stands_in_the_middle() -> None:
    found = only_cue(text("Hello", displayTime=[0, 1]), track={"type": "free"}).placement
    assert found is not None
    assert (found.x, found.y, found.anchor, found.free) == (0.5, 0.5, "cc", True)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-360, 360))
def test_a_group_the_size_of_the_stage_changes_nothing_but_the_angle(
    x: float, y: float, angle: float
) -> None:
    """Turning about the anchor leaves the anchor where it is."""
    outer = at(x, y, size={"width": 1, "height": 1}, anchor="tl", transform={"rotate": angle})
    found = place(at(0, 0), outer)
    assert (found.x, found.y) == pytest.approx((x, y), abs=1e-9)
