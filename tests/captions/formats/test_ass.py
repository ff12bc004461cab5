"""ASS and SSA: styles, overrides, karaoke."""

from __future__ import annotations

import pytest

from ecg.captions.formats.ass import read_ass
from ecg.captions.formats.ass_values import LINE_TO_EM, read_colour, read_time, write_colour, write_time
from ecg.captions.formats.ass_write import write_ass
from ecg.captions.scenario import Cue, Line, Placement, Scenario, TextStyle, Word
from ecg.errors import ScenarioError
from tests.captions.formats.samples import ASS, SSA

EVENTS = "[Script Info]\nPlayResX: 1000\nPlayResY: 500\n\n[Events]\n"


def dialogue(text: str, times: str = "0:00:01.00,0:00:03.00") -> str:
    return f"{EVENTS}Dialogue: 0,{times},Default,,0,0,0,,{text}\n"


def only(text: str) -> Cue:
    (cue,) = read_ass(dialogue(text)).scenario.cues
    return cue


class TestFile:
    def test_the_sample(self) -> None:
        result = read_ass(ASS.decode())
        cues = result.scenario.cues
        assert [cue.text for cue in cues] == ["Syllable and, more", "up here\nand\u00a0down", "big ghost"]
        assert cues[0].speaker == "Anna"
        assert result.scenario.speakers["Anna"].colour == "#ffcc00"
        assert cues[0].style == TextStyle(font_family="Noto Sans", size=0.05, weight=700)
        assert cues[0].box is not None
        assert cues[0].box.colour == "#000000e6"
        assert cues[1].layer == 1
        assert result.warnings == (
            "line 18: a drawing was left out",
            "line 18: the ASS tag \\fad was left out",
        )

    def test_ssa(self) -> None:
        (cue,) = read_ass(SSA.decode()).scenario.cues
        assert (cue.text, cue.speaker, cue.start, cue.end) == ("At the top", "Carl", 1.5, 3.0)
        assert cue.placement == Placement(x=0.5, y=0, anchor="tc")
        assert cue.style is not None
        assert cue.style.size == pytest.approx(24 / 480 / LINE_TO_EM, abs=1e-6)
        assert cue.style.colour == "#ffffff"
        assert cue.style.weight == 700

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("hello\nworld", 2),
            (f"{EVENTS}Dialogue: 0,0:00:01.00,0:00:03.00,Default", 6),
            (dialogue("a", "0:00:xx.00,0:00:03.00"), 6),
            (dialogue("a", "0:00:01.00,-0:00:03.00"), 6),
            (dialogue("a", "99:00:01.00,99:00:03.00"), 6),
            (f"{EVENTS}Format: Start, Text, End\n", 6),
            (f"{EVENTS}what is this\n", 6),
        ],
    )
    def test_what_cannot_be_read_is_one_error_with_its_line(self, text: str, line: int) -> None:
        with pytest.raises(ScenarioError) as caught:
            read_ass(text)
        assert caught.value.where == f"line {line}"

    def test_reversed_events_are_left_out_and_said(self) -> None:
        result = read_ass(dialogue("a", "0:00:03.00,0:00:01.00"))
        assert result.scenario.cues == []
        assert result.warnings[0].startswith("line 6: ")

    def test_an_unknown_style_is_reported(self) -> None:
        result = read_ass(f"{EVENTS}Dialogue: 0,0:00:01.00,0:00:03.00,Fancy,,0,0,0,,a\n")
        assert result.warnings == ("line 6: the style of this event is not defined",)

    def test_commas_belong_to_the_text(self) -> None:
        assert only("one, two, three").text == "one, two, three"


class TestText:
    def test_karaoke_counts_on(self) -> None:
        words = only("{\\k20}Syl{\\kf30}la {\\k50}{\\ko40}end").words
        assert [(w.text, w.start, w.end, w.joined) for w in words] == [
            ("Syl", 1.0, 1.2, True),
            ("la", 1.2, 1.5, False),
            ("end", 2.0, 2.4, False),
        ]

    def test_overrides(self) -> None:
        words = only(
            "{\\b1\\i1\\u1\\s1}a {\\r\\c&H0000FF&\\fs58.5\\fnInter\\1a&H80&}b {\\b0\\alpha&H00&}c"
        ).words
        assert words[0].style == TextStyle(weight=700, italic=True, underline=True, strikeout=True)
        assert words[1].style == TextStyle(colour="#ff00007f", size=0.1, font_family="Inter")
        assert words[2].style is not None
        assert words[2].style.colour == "#ff0000"
        assert words[2].style.weight == 400

    def test_places(self) -> None:
        assert only("{\\an7}a").placement == Placement(x=0, y=0, anchor="tl", align="left")
        assert only("{\\a6}a").placement == Placement(x=0.5, y=0, anchor="tc")
        assert only("{\\pos(250,100)}a").placement == Placement(x=0.25, y=0.2, free=True)
        assert only("{\\frz-30}a").placement == Placement(rotate=30)

    def test_moving_text_stands_where_it_starts(self) -> None:
        result = read_ass(dialogue("{\\move(500,250,0,0)}a"))
        assert result.scenario.cues[0].placement == Placement(x=0.5, y=0.5, free=True)
        assert len(result.warnings) == 1

    def test_comments_and_escaped_braces(self) -> None:
        assert only("{note}a \\{b\\} c\\hd\\Ne").text == "a {b} c\u00a0d\ne"

    def test_outlines_are_counted_across_the_edge(self) -> None:
        style = only("{\\bord2.5\\3c&H00FF00&\\shad5}a").style
        assert style is not None
        assert style.outline is not None
        assert style.outline.width == pytest.approx(0.01)
        assert style.outline.colour == "#00ff00"
        assert style.shadow is not None
        assert style.shadow.dx == pytest.approx(0.01)

    def test_hostile_values_go_nowhere(self) -> None:
        result = read_ass(dialogue("{\\fn</style>\\fsNaN\\bord-1\\pos(1e999,2)\\c&Hzz&\\fs999999}a"))
        assert result.scenario.cues[0].style is None
        assert result.scenario.cues[0].placement is None


class TestValues:
    @pytest.mark.parametrize(
        ("ass", "css"),
        [
            ("&H000000FF", "#ff0000"),
            ("&H80FF0000", "#0000ff7f"),
            ("&HFF&", "#ff0000"),
            ("65535", "#ffff00"),
            ("-1", "#ffffff00"),
        ],
    )
    def test_colours(self, ass: str, css: str) -> None:
        assert read_colour(ass) == css

    @pytest.mark.parametrize("text", ["", "red", "&H", "&HGG", "url(x)"])
    def test_no_colours(self, text: str) -> None:
        assert read_colour(text) is None

    @pytest.mark.parametrize("colour", ["#123456", "#fedcba80", "#00000000"])
    def test_colours_come_back(self, colour: str) -> None:
        assert read_colour(write_colour(colour)) == colour

    def test_times_come_back(self) -> None:
        assert write_time(366_123) == "1:01:01.23"
        assert read_time("1:01:01.23") == 3661.23


class TestWriting:
    def test_speakers_are_styles_and_words_karaoke(self) -> None:
        words = [Word(text="Hi", start=1.1, end=1.5), Word(text="{you}", start=1.7, end=2.5)]
        cue = Cue(id="one", start=1, end=3, speaker="Anna", lines=[Line(words=words)])
        text = write_ass(Scenario(cues=[cue])).decode()
        assert "\nStyle: Anna,Roboto,63.18,&H" in text
        assert text.endswith(
            "Dialogue: 0,0:00:01.00,0:00:03.00,Anna,Anna,0,0,0,,{\\k10}{\\k40}Hi {\\k20}{\\k80}\\{you\\}\n"
        )

    def test_no_karaoke_where_nothing_was_measured(self) -> None:
        cue = Cue(id="one", start=1, end=3, lines=[Line(words=[Word(text="Hi"), Word(text="you")])])
        assert write_ass(Scenario(cues=[cue])).decode().endswith(",,Hi you\n")

    def test_hundredths_do_not_drift(self) -> None:
        words = [Word(text=str(i), start=i * 0.333, end=(i + 1) * 0.333) for i in range(100)]
        cue = Cue(id="one", start=0, end=40, lines=[Line(words=words)])
        back = read_ass(write_ass(Scenario(cues=[cue])).decode()).scenario.cues[0].words
        assert [w.start for w in back] == pytest.approx([w.start for w in words], abs=0.00501)

    def test_places_and_looks(self) -> None:
        cue = Cue(
            id="one",
            start=1,
            end=3,
            lines=[Line(words=[Word(text="Hi")])],
            style=TextStyle(colour="#11223380", weight=300, size=0.1, italic=True),
            placement=Placement(x=0.25, y=0.5, anchor="cl", rotate=10, free=True),
        )
        back = read_ass(write_ass(Scenario(cues=[cue])).decode()).scenario.cues[0]
        assert back.style is not None
        assert back.style.model_dump(include={"colour", "weight", "size", "italic"}) == pytest.approx(
            {"colour": "#11223380", "weight": 300, "size": 0.1, "italic": True}
        )
        assert back.placement == Placement(x=0.25, y=0.5, anchor="cl", align="left", rotate=10, free=True)
