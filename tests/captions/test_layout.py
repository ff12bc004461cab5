from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecg.captions.layout import Area, Standing, default_place, stacked, work_area
from ecg.captions.scenario import OutputFrame, SafeArea
from ecg.captions.scene import SceneCue
from ecg.captions.template import Template

PLAIN = Template.model_validate(
    {"name": "plain", "title": {"en": "P", "ko": "P"}, "description": {"en": "P", "ko": "P"}}
)
FRAME = OutputFrame()


def at_top() -> Template:
    return PLAIN.model_copy(update={"anchor": "tc"})


def standing(name: str, start: int, end: int, height: float = 60.0, template: Template = PLAIN) -> Standing:
    area = work_area(template, FRAME, 1280, 720)
    cue = SceneCue(
        id=name,
        template="plain",
        start_us=start,
        end_us=end,
        layer=0,
        direction="ltr",
        language=None,
        speaker_name=None,
        speaker_colour="#ffffff",
        font_families=("sans-serif",),
        line_height=1.2,
        place=default_place(template, area),
        box=None,
        lines=(),
    )
    return Standing(cue, height, stackable=True)


def spans(items: list[Standing], picture: int = 720) -> dict[str, tuple[float, float]]:
    """Top and bottom of each cue as it ends up."""
    heights = {s.cue.id: s.height_px for s in items}
    cues, _ = stacked(items, picture)
    return {
        c.id: (c.place.y_px - heights[c.id], c.place.y_px)
        if c.place.anchor[0] == "b"
        else (c.place.y_px, c.place.y_px + heights[c.id])
        for c in cues
    }


def test_captions_gather_in_the_bottom_fifth_inside_the_safe_margins() -> None:
    area = work_area(PLAIN, FRAME, 1280, 720)
    assert area == Area(left=64, top=576, right=1216, bottom=0.965 * 720)


def test_upright_video_keeps_the_platforms_buttons_clear() -> None:
    area = work_area(PLAIN, FRAME, 1080, 1920)
    assert area.bottom == 0.8 * 1920
    assert area.right == 0.87 * 1080
    assert area.height == 0.15 * 1920


def test_the_scenarios_own_margins_stand() -> None:
    frame = OutputFrame(safe_area=SafeArea(top=0, right=0, bottom=0.1, left=0.2))
    area = work_area(PLAIN, frame, 1000, 500)
    assert (area.left, area.right, area.bottom) == (200, 1000, 450)


def test_a_template_may_gather_captions_at_the_top() -> None:
    area = work_area(at_top(), FRAME, 1280, 720)
    assert area.top == 0.035 * 720
    assert default_place(at_top(), area).y_px == area.top


@given(st.floats(0, 0.45), st.floats(0, 0.45), st.sampled_from(["tc", "cc", "bc"]))
def test_the_work_area_never_leaves_the_safe_margins(top: float, bottom: float, anchor: str) -> None:
    frame = OutputFrame(safe_area=SafeArea(top=top, bottom=bottom))
    area = work_area(PLAIN.model_copy(update={"anchor": anchor}), frame, 1000, 1000)
    assert top * 1000 - 1e-6 <= area.top < area.bottom <= (1 - bottom) * 1000 + 1e-6


def test_who_starts_later_stands_above_and_nothing_jumps() -> None:
    first, second, third = standing("a", 0, 10), standing("b", 5, 20), standing("c", 12, 20)
    placed = spans([first, second, third])
    assert placed["b"][1] < placed["a"][0]
    assert placed["c"] == placed["a"]


def test_at_the_top_the_stack_grows_downwards() -> None:
    placed = spans([standing("a", 0, 10, template=at_top()), standing("b", 5, 20, template=at_top())])
    assert placed["b"][0] > placed["a"][1]


def test_a_stacked_cue_gets_the_room_that_it_stands_in() -> None:
    cues, _ = stacked([standing("a", 0, 10, 100), standing("b", 1, 10, 100)], 720)
    raised = cues[1].place
    assert raised.area[1] <= raised.y_px - 100


def test_a_full_picture_is_reported() -> None:
    cues, warnings = stacked([standing(f"c{i}", 0, 10, 200) for i in range(6)], 720)
    assert len(cues) == 6
    assert warnings
    assert all(c.place.y_px >= 200 for c in cues)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30), st.floats(10, 90)), min_size=1, max_size=8))
def test_cues_that_show_together_do_not_cover_one_another(times: list[tuple[int, int, float]]) -> None:
    items = [standing(f"c{i}", at, at + lasting, height) for i, (at, lasting, height) in enumerate(times)]
    placed, by_id = spans(items, 10_000), {s.cue.id: s.cue for s in items}
    if len(stacked(items, 10_000)[1]):
        return
    for a in by_id.values():
        for b in by_id.values():
            if a.id < b.id and a.start_us < b.end_us and b.start_us < a.end_us:
                assert placed[a.id][1] <= placed[b.id][0] or placed[b.id][1] <= placed[a.id][0]
