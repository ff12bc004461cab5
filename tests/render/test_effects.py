"""Every effect in a real browser: how text looks before, within and after its window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg.captions.effects import EFFECTS
from ecg.render.browser import Browser, Page
from ecg.render.stage_assets import STAGE_DIR
from ecg.render.stage_server import StageServer

Look = dict[str, Any]
Frame = list[Look]

NAMES = sorted(EFFECTS)
WINDOW = (1000, 3000)
BEFORE, AFTER = 900, 3100
WITHIN = [1050, 1150, 1300, 1450, 1700, 1950, 2200, 2450, 2700, 2900]
STAYS = {"cwi-color", "fadeOut", "flames", "glow", "pop"}
"""Effects that leave something behind."""
HIDES_BEFORE = {
    "elastic",
    "fadeIn",
    "fadein",
    "fliptype",
    "magnetic",
    "rotation",
    "scalepop",
    "slideup",
    "typewriter",
}
_PAGE = b"""<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/stage.css">
<script type="module" src="/probe.js"></script><body></body>"""


@pytest.fixture(scope="module")
def server() -> Iterator[StageServer]:
    assets: dict[str, bytes | Path] = {f"/{file.name}": file for file in STAGE_DIR.iterdir()}
    assets["/page.html"] = _PAGE
    assets["/probe.js"] = Path(__file__).with_name("effects_probe.js")
    with StageServer(assets) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: StageServer) -> Iterator[Page]:
    with Browser(proxy=server.proxy) as browser:
        yield browser.open(server.url("/page.html"))


class Stage:
    """A word, or a cue of words, with effects on it."""

    def __init__(self, page: Page, *texts: str, on: str = "word", **members: object) -> None:
        self._page = page
        self._built = {"texts": texts or ("Hello",), "on": on, **members}

    def frames(self, *effects: Look, at: list[int]) -> list[Frame]:
        """The looks at the given times in ms; effects without a window run from 1 to 3 s."""
        given = [{"window": WINDOW, **effect} for effect in effects]
        answer = self._page.call("probe", self._built, given, at)
        assert answer["paused"]
        frames: list[Frame] = answer["frames"]
        return frames

    def frame(self, *effects: Look, at: int) -> Frame:
        return self.frames(*effects, at=[at])[0]


def plain(page: Page, *texts: str, **members: object) -> Frame:
    return Stage(page, *texts, **members).frame(at=0)  # type: ignore[arg-type]


def of_kind(frame: Frame, kind: str) -> list[Look]:
    return [look for look in frame if look["kind"].split()[0:1] == [kind]]


def word(frame: Frame) -> Look:
    return of_kind(frame, "word")[0]


def scale_of(look: Look) -> float:
    return 1.0 if look["scale"] == "none" else float(look["scale"].split()[0])


def lift_of(look: Look) -> float:
    """Pixels downwards."""
    parts = [] if look["translate"] == "none" else look["translate"].split()
    return float(parts[1].removesuffix("px")) if len(parts) > 1 else 0.0


def visible(look: Look) -> bool:
    return float(look["opacity"]) > 0.01 and look["rect"][2] > 0.5 and "100%" not in look["clipPath"]


def ink(frame: Frame) -> list[Look]:
    """The parts that carry the letters."""
    return of_kind(frame, "char") or of_kind(frame, "syllable") or of_kind(frame, "glyphs")


def painted(frame: Frame) -> list[Look]:
    """What can be seen, without parts that are only cut out: letters at rest look like the uncut word."""
    seen = (
        "opacity",
        "color",
        "textShadow",
        "filter",
        "transform",
        "translate",
        "rotate",
        "scale",
        "clipPath",
    )
    return [{name: look[name] for name in seen} for look in (*of_kind(frame, "word"), *ink(frame)[:1])]


class TestEveryEffect:
    @pytest.mark.parametrize("name", NAMES)
    def test_something_moves_within_the_window(self, page: Page, name: str) -> None:
        frames = Stage(page).frames({"name": name}, at=WITHIN)
        assert len({str(frame) for frame in frames}) > 2

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("on", ["word", "box"])
    def test_before_it_the_text_is_plain_or_not_there_yet(self, page: Page, name: str, on: str) -> None:
        frame = Stage(page, "Hello", "you", on=on).frame({"name": name}, at=BEFORE)
        moved = [look for look in ink(frame) if look["text"] != "you"] if on == "word" else ink(frame)
        if name in HIDES_BEFORE:
            hosts = [*of_kind(frame, "word"), *of_kind(frame, "box")]
            gone = [look for look in (*moved, *hosts) if not visible(look)]
            assert gone
        elif name == "cwi-color":
            assert {look["color"] for look in moved} == {"rgba(255, 255, 255, 0.9)"}
        else:
            assert painted(frame) == painted(plain(page, "Hello", "you"))

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("on", ["word", "box"])
    def test_after_it_the_text_is_at_rest(self, page: Page, name: str, on: str) -> None:
        soon, later = Stage(page, "Hello", "you", on=on).frames({"name": name}, at=[AFTER, AFTER + 5000])
        assert soon == later
        if name == "fadeOut":
            host = word(soon) if on == "word" else of_kind(soon, "box")[0]
            assert not visible(host)
        else:
            assert all(visible(look) for look in (*ink(soon), *of_kind(soon, "word"), *of_kind(soon, "box")))
        if name not in STAYS:
            assert painted(soon) == painted(plain(page, "Hello", "you"))

    @pytest.mark.parametrize("name", NAMES)
    def test_a_frame_is_a_function_of_its_time(self, page: Page, name: str) -> None:
        times = [0, 2900, 1300, 1700, 3100, 1300, 0, 1700, 2900]
        frames = Stage(page, "Hello", "مرحبا", on="box").frames({"name": name}, at=times)
        seen: dict[int, Frame] = {}
        for time, frame in zip(times, frames, strict=True):
            assert seen.setdefault(time, frame) == frame
        assert Stage(page, "Hello", "مرحبا", on="box").frames({"name": name}, at=times) == frames

    @pytest.mark.parametrize("name", NAMES)
    def test_a_window_before_the_cue_leaves_the_text_at_rest(self, page: Page, name: str) -> None:
        frame = Stage(page).frame({"name": name, "window": [-2000, -500]}, at=0)
        if name not in STAYS:
            assert painted(frame) == painted(plain(page))

    @pytest.mark.parametrize("name", NAMES)
    def test_texts_of_all_scripts_stay_what_they_say(self, page: Page, name: str) -> None:
        texts = ["안녕하세요", "नमस्ते", "مرحبا", "👩‍👩‍👧‍👦", "é", "שלום", "日本"]
        frame = Stage(page, *texts, on="box").frame({"name": name, "params": {"showCursor": False}}, at=AFTER)
        assert [look["text"] for look in of_kind(frame, "word")] == texts

    @pytest.mark.parametrize("name", NAMES)
    def test_no_effect_asks_the_network_for_anything(
        self, server: StageServer, page: Page, name: str
    ) -> None:
        hostile = "url(http://canary.example/x)"
        params: Look = {
            key: hostile for key, value in EFFECTS[name].params.items() if not isinstance(value, float)
        }
        Stage(page).frames({"name": name, "params": {**params, "extra": hostile}}, at=WITHIN)
        assert server.refused == []


class TestTable:
    def test_the_pure_packages_know_the_same_effects(self, page: Page) -> None:
        ours = {e.name: {"unit": e.unit, "params": dict(e.params)} for e in EFFECTS.values()}
        assert page.call("table") == ours

    def test_an_unknown_name_does_nothing(self, page: Page) -> None:
        for name in ("explode", "", "toString", "__proto__", "FADEIN"):
            assert painted(Stage(page).frame({"name": name}, at=1500)) == painted(plain(page))

    def test_a_version_is_not_part_of_the_name(self, page: Page) -> None:
        stage = Stage(page)
        assert stage.frame({"name": "spin@2.0.0"}, at=1500) == stage.frame({"name": "spin"}, at=1500)


class TestLooks:
    def test_loud_words_grow_and_tremble(self, page: Page) -> None:
        looks = [word(f) for f in Stage(page).frames({"name": "cwi-loud"}, at=list(range(1000, 3000, 20)))]
        assert max(scale_of(look) for look in looks) == pytest.approx(2.15)
        assert min(lift_of(look) for look in looks) < -10
        held = [look["translate"] for look in looks[20:80]]
        assert len(set(held)) > 20

    def test_loud_words_grow_as_much_as_they_are_told(self, page: Page) -> None:
        loud = {"name": "cwi-loud", "params": {"pulse.scale": 2.4, "tremble.ampPx": 0}}
        assert scale_of(word(Stage(page).frame(loud, at=2000))) == pytest.approx(2.4)

    def test_whispers_shrink_and_sink(self, page: Page) -> None:
        looks = [word(f) for f in Stage(page).frames({"name": "cwi-whisper"}, at=list(range(1300, 2700, 20)))]
        assert min(scale_of(look) for look in looks) == pytest.approx(0.6 * 0.98, abs=0.002)
        assert max(scale_of(look) for look in looks) == pytest.approx(0.6 * 1.02, abs=0.002)
        assert lift_of(looks[0]) == pytest.approx(6)

    def test_bouncing_letters_rise_one_after_another(self, page: Page) -> None:
        frames = Stage(page).frames({"name": "cwi-bouncing"}, at=list(range(1000, 3000, 20)))
        tops = []
        for letter in range(5):
            lifts = [lift_of(of_kind(frame, "char")[letter]) for frame in frames]
            assert min(lifts) == pytest.approx(-12, abs=0.5)
            tops.append(lifts.index(min(lifts)))
        assert tops == sorted(tops)
        assert tops[0] < tops[-1]
        assert max(scale_of(word(frame)) for frame in frames) == pytest.approx(1.15, abs=0.005)

    def test_spin_turns_once(self, page: Page) -> None:
        turns = [word(f)["rotate"] for f in Stage(page).frames({"name": "spin"}, at=[1500, 2000, 2500])]
        assert turns == ["90deg", "180deg", "270deg"]

    def test_the_colour_goes_through_the_letters(self, page: Page) -> None:
        effect = {"name": "cwi-color", "params": {"color": "#ff0000"}}
        for at, lit in ((1000, 0), (1800, 2), (2600, 4), (3000, 5)):
            letters = of_kind(Stage(page).frame(effect, at=at), "char")
            assert [look["color"] == "rgb(255, 0, 0)" for look in letters] == [i < lit for i in range(5)]

    def test_the_colour_may_come_at_once(self, page: Page) -> None:
        effect = {"name": "cwi-color", "params": {"bulk": True}}
        for at in (1200, 2000):
            letters = of_kind(Stage(page).frame(effect, at=at), "char")
            assert len({look["color"] for look in letters}) == 1

    def test_without_a_colour_the_speakers_is_taken(self, page: Page) -> None:
        letters = of_kind(Stage(page).frame({"name": "cwi-color"}, at=AFTER), "char")
        assert {look["color"] for look in letters} == {"rgb(255, 204, 0)"}

    def test_typing_shows_letter_after_letter_behind_a_cursor(self, page: Page) -> None:
        frames = Stage(page).frames({"name": "typewriter"}, at=[1000, 1110, 1310, 1510, 3000])
        assert [sum(visible(c) for c in of_kind(f, "char")) for f in frames] == [0, 1, 3, 5, 5]
        lit = [sum(float(c["opacity"]) for c in of_kind(f, "cursor")) for f in frames]
        assert lit == [0, 1, 1, 1, 0]

    def test_a_long_text_is_typed_to_its_end(self, page: Page) -> None:
        frame = Stage(page, "x" * 60).frame({"name": "typewriter"}, at=3000)
        assert all(visible(look) for look in of_kind(frame, "char"))

    def test_pop_stays(self, page: Page) -> None:
        assert scale_of(word(Stage(page).frame({"name": "pop"}, at=AFTER))) == pytest.approx(1.2)

    def test_pulse_peaks_once_a_cycle(self, page: Page) -> None:
        pulse = {"name": "pulse", "params": {"maxScale": 1.5, "cycles": 2}}
        scales = [scale_of(word(f)) for f in Stage(page).frames(pulse, at=[1000, 1500, 2000, 2500])]
        assert scales == pytest.approx([1, 1.5, 1, 1.5])

    @pytest.mark.parametrize(("name", "axis"), [("bobY", 1), ("waveY", 1), ("shakeX", 0)])
    def test_swings_go_both_ways(self, page: Page, name: str, axis: int) -> None:
        frames = Stage(page).frames({"name": name}, at=list(range(1000, 3000, 10)))
        rest = word(plain(page))["rect"][axis]
        offsets = [word(frame)["rect"][axis] - rest for frame in frames]
        reach = EFFECTS[name].params["amplitudePx"]
        assert (max(offsets), min(offsets)) == pytest.approx((reach, -float(str(reach))), abs=0.1)

    def test_entering_letters_follow_one_another(self, page: Page) -> None:
        letters = of_kind(Stage(page).frame({"name": "fadein"}, at=1400), "char")
        opacities = [float(look["opacity"]) for look in letters]
        assert opacities == sorted(opacities, reverse=True)
        assert opacities[0] > opacities[-1]

    @pytest.mark.parametrize("name", ["glow", "flames", "glitch"])
    def test_the_words_own_shadow_stays_behind(self, page: Page, name: str) -> None:
        own = "rgb(1, 2, 3) 4px 5px 6px"
        frame = Stage(page, shadow=own).frame({"name": name}, at=1500)
        assert of_kind(frame, "glyphs")[0]["textShadow"].endswith(own)

    def test_fading_in_ends_at_the_words_own_opacity(self, page: Page) -> None:
        frame = Stage(page, opacity=0.5).frame({"name": "fadeIn"}, at=2999)
        assert float(word(frame)["opacity"]) == pytest.approx(0.5, abs=0.01)


class TestUnits:
    def test_pixels_grow_with_the_picture(self, page: Page) -> None:
        bob = {"name": "bobY", "params": {"amplitudePx": 8}}
        for height, lift in ((720, 8), (1080, 12), (360, 4)):
            frame = Stage(page, framePx=height).frame(bob, at=1500)
            assert lift_of(word(frame)) == pytest.approx(lift)

    def test_joined_letters_move_as_one(self, page: Page) -> None:
        frame = Stage(page, "مرحبا").frame({"name": "scalepop"}, at=1300)
        assert of_kind(frame, "char") == []
        assert scale_of(of_kind(frame, "glyphs")[0]) != 1

    def test_joined_letters_are_typed_from_the_right(self, page: Page) -> None:
        clip = of_kind(Stage(page, "مرحبا", dir="rtl").frame({"name": "typewriter"}, at=1250), "glyphs")[0]
        assert clip["clipPath"] == "inset(-50% 0% -50% 60%)"

    def test_hebrew_letters_keep_their_order_in_a_line_from_the_left(self, page: Page) -> None:
        letters = of_kind(Stage(page, "שלום").frame({"name": "fadein"}, at=AFTER), "char")
        lefts = [look["rect"][0] for look in letters]
        assert lefts == sorted(lefts, reverse=True)

    def test_an_emoji_is_one_letter(self, page: Page) -> None:
        letters = of_kind(Stage(page, "a👩‍👩‍👧‍👦é").frame({"name": "fadein"}, at=AFTER), "char")
        assert [look["text"] for look in letters] == ["a", "👩‍👩‍👧‍👦", "é"]

    def test_syllables_keep_their_place_and_take_the_colour(self, page: Page) -> None:
        frame = Stage(page, "banana", syllables=["ba", "na", "na"]).frame({"name": "slideup"}, at=1100)
        assert [look["text"] for look in of_kind(frame, "syllable")] == ["ba", "na", "na"]
        assert {look["color"] for look in of_kind(frame, "syllable")} != {"rgb(255, 204, 0)"}

    def test_words_of_a_cue_follow_one_another(self, page: Page) -> None:
        frame = Stage(page, "one", "two", "three", on="box").frame({"name": "slideup"}, at=1200)
        opacities = [float(look["opacity"]) for look in of_kind(frame, "word")]
        assert opacities[0] > opacities[1] > opacities[2]

    def test_a_word_may_be_a_part_of_a_longer_text(self, page: Page) -> None:
        whole = Stage(page, "ab", "cd", on="box").frame({"name": "cwi-color"}, at=2300)
        part = Stage(page, "cd").frame({"name": "cwi-color", "params": {"firstUnit": 2, "units": 4}}, at=2300)
        assert [c["color"] for c in of_kind(part, "char")] == [c["color"] for c in of_kind(whole, "char")[2:]]

    def test_noise_differs_from_word_to_word_but_not_from_time_to_time(self, page: Page) -> None:
        one, same, other = (Stage(page, seed=seed).frame({"name": "glitch"}, at=1500) for seed in (1, 1, 2))
        assert one == same
        assert one != other


class TestTogether:
    def test_different_channels_go_together(self, page: Page) -> None:
        frame = Stage(page).frame({"name": "pulse"}, {"name": "bobY", "params": {"cycles": 2}}, at=1250)
        assert scale_of(word(frame)) > 1.01
        assert lift_of(word(frame)) > 7

    def test_the_later_effect_replaces_the_earlier_on_one_channel(self, page: Page) -> None:
        first, second = ({"name": "pulse", "params": {"maxScale": m}} for m in (3, 1.5))
        assert scale_of(word(Stage(page).frame(first, second, at=2000))) == pytest.approx(1.5)

    def test_an_effect_that_is_over_replaces_nothing(self, page: Page) -> None:
        pulse = {"name": "pulse", "window": [0, 1000]}
        assert scale_of(word(Stage(page).frame({"name": "pop"}, pulse, at=AFTER))) == pytest.approx(1.2)

    @pytest.mark.parametrize(("compose", "of_word", "of_glyphs"), [("add", 6, 1), ("multiply", 3, 2)])
    def test_composed_scales_multiply(
        self, page: Page, compose: str, of_word: float, of_glyphs: float
    ) -> None:
        first = {"name": "pulse", "params": {"maxScale": 3}}
        second = {"name": "pulse", "params": {"maxScale": 2}, "compose": compose}
        frame = Stage(page).frame(first, second, at=2000)
        assert scale_of(word(frame)) == pytest.approx(of_word)
        assert scale_of(of_kind(frame, "glyphs")[0]) == pytest.approx(of_glyphs)

    def test_composed_positions_add_up(self, page: Page) -> None:
        first = {"name": "bobY", "params": {"amplitudePx": 8}}
        second = {"name": "bobY", "params": {"amplitudePx": 4}, "compose": "add"}
        assert lift_of(word(Stage(page).frame(first, second, at=1500))) == pytest.approx(12)


class TestAnyParameters:
    @given(
        name=st.sampled_from(NAMES),
        window=st.tuples(st.integers(-10_000, 10_000), st.integers(0, 20_000)),
        data=st.data(),
    )
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_nothing_breaks_the_stage(
        self, page: Page, name: str, window: tuple[int, int], data: st.DataObject
    ) -> None:
        values = (
            st.floats(-100_000, 100_000)
            | st.booleans()
            | st.text(max_size=10)
            | st.none()
            | st.lists(st.integers())
        )
        keys = st.sampled_from([*EFFECTS[name].params, "firstUnit", "units"])
        params = data.draw(st.dictionaries(keys, values))
        span = [window[0], window[0] + window[1]]
        effect = {"name": name, "params": params, "window": span}
        assert len(Stage(page, "Hé", "مر", on="box").frames(effect, at=[0, 500, 5000])) == 3
