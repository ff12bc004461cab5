"""SubRip as it is found in the wild."""

from __future__ import annotations

import pytest

from ecg.captions.formats.srt import read_srt, write_srt
from ecg.captions.scenario import Cue, Line, Placement, Scenario, Speaker, TextStyle, Word
from ecg.errors import ScenarioError
from tests.captions.formats.samples import SRT

TIMING = "00:00:01,000 --> 00:00:02,000"


def only(text: str) -> Cue:
    (cue,) = read_srt(text).scenario.cues
    return cue


class TestTimes:
    def test_a_plain_file(self) -> None:
        result = read_srt(SRT.decode())
        assert result.warnings == ()
        assert [(c.start, c.end, c.text) for c in result.scenario.cues] == [
            (1.0, 3.5, "Hello there, General\nKenobi & friends."),
            (4.0, 5.0, "[door slams]"),
            (6.0, 8.25, "今日は天気がいいですね\n散歩に行きましょう"),
        ]

    @pytest.mark.parametrize(
        "timing",
        [
            "00:00:01.500 --> 00:00:02.500",
            "0:0:1,5-->0:0:2,5",
            "00:01,500 --> 00:02,500",
            " 00:00:01:500  -->  00:00:02:500 ",
        ],
    )
    def test_times_as_people_write_them(self, timing: str) -> None:
        cue = only(f"1\n{timing}\nHi\n")
        assert (cue.start, cue.end) == (1.5, 2.5)

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("1\n00:00:01,000 --> 00:00:xx\nHi\n", 2),
            (f"1\n{TIMING}\nHi\n\n2\n00:00:03,000 -->\nHo\n", 6),
            ("1\n00:00:61,000 --> 00:01:02,000\nHi\n", 2),
            ("1\n-00:00:01,000 --> 00:00:02,000\nHi\n", 2),
            ("1\n99:00:00,000 --> 99:00:01,000\nHi\n", 2),
            ("Dear diary,\nnothing happened.\n", 1),
        ],
    )
    def test_what_cannot_be_read_is_one_error_with_its_line(self, text: str, line: int) -> None:
        with pytest.raises(ScenarioError) as caught:
            read_srt(text)
        assert caught.value.where == f"line {line}"

    def test_reversed_and_empty_cues_are_left_out_and_said(self) -> None:
        text = f"1\n00:00:05,000 --> 00:00:04,000\nback\n\n2\n{TIMING}\n\n3\n{TIMING}\nkept\n"
        result = read_srt(text)
        assert [cue.text for cue in result.scenario.cues] == ["kept"]
        assert [warning.split(":")[0] for warning in result.warnings] == ["line 2", "line 6"]

    def test_order_and_overlap_are_reported(self) -> None:
        text = "00:00:03,000 --> 00:00:05,000\nb\n\n00:00:01,000 --> 00:00:04,000\na\n"
        result = read_srt(text)
        assert [cue.text for cue in result.scenario.cues] == ["a", "b"]
        assert len(result.warnings) == 2


class TestStructure:
    def test_numbers_are_not_needed_and_may_be_wrong(self) -> None:
        second, third = "00:00:03,000 --> 00:00:04,000", "00:00:05,000 --> 00:00:06,000"
        text = f"{TIMING}\none\n\n7\n{second}\ntwo\n7\n{third}\nthree\n"
        assert [cue.text for cue in read_srt(text).scenario.cues] == ["one", "two", "three"]

    def test_a_number_can_be_the_text(self) -> None:
        text = f"1\n{TIMING}\n42\n\n2\n00:00:03,000 --> 00:00:04,000\n43\n"
        assert [cue.text for cue in read_srt(text).scenario.cues] == ["42", "43"]

    def test_blank_lines_inside_text(self) -> None:
        assert only(f"1\n{TIMING}\nabove\n\nbelow\n").text == "above\nbelow"

    @pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
    def test_line_ends(self, end: str) -> None:
        assert only(end.join(["1", TIMING, "a", "b", ""])).text == "a\nb"

    def test_a_blank_file_has_no_cues(self) -> None:
        assert read_srt(" \n\n").scenario.cues == []

    def test_two_lines_stand_and_one_may_be_broken_anew(self) -> None:
        assert only(f"{TIMING}\na\nb").wrap == "keep"
        assert only(f"{TIMING}\na b").wrap == "auto"

    @pytest.mark.parametrize(
        ("text", "kind"), [("[rain]", "sound"), ("♪ la", "music"), ("[♪]", "music"), ("[a] b", "speech")]
    )
    def test_sounds_and_music_are_known(self, text: str, kind: str) -> None:
        assert only(f"{TIMING}\n{text}").kind == kind


class TestMarkup:
    def test_nested_tags_and_half_words(self) -> None:
        words = only(f"{TIMING}\nun<b>be<i>liev</i></b>able <u>yes</u>").words
        assert [(w.text, w.joined) for w in words] == [
            ("un", True), ("be", True), ("liev", True), ("able", False), ("yes", False),
        ]  # fmt: skip
        assert words[0].style is None
        assert words[2].style == TextStyle(weight=700, italic=True)

    def test_a_look_of_all_words_is_the_cues(self) -> None:
        cue = only(f"{TIMING}\n<font color='red' face=\"Noto Sans\">all of it</font>")
        assert cue.style == TextStyle(colour="#ff0000", font_family="Noto Sans")
        assert all(word.style is None for word in cue.words)

    def test_places(self) -> None:
        assert only(f"{TIMING}\n{{\\an8}}up").placement == Placement(x=0.5, y=0.0, anchor="tc")
        assert only(f"{TIMING}\n{{\\an2}}down").placement is None

    def test_what_has_no_place_is_reported(self) -> None:
        result = read_srt(f"{TIMING} X1:1 X2:2\n{{\\fad(1,1)}}<font size=7 color=url(http://x)>a</font>")
        assert len(result.warnings) == 4
        assert "http" not in result.scenario.model_dump_json()

    def test_unknown_tags_are_text(self) -> None:
        assert (
            only(f"{TIMING}\n</style><script>alert(1)</script>").text == "</style><script>alert(1)</script>"
        )


class TestWriting:
    def test_a_file_that_players_know(self) -> None:
        words = [Word(text="Hi", style=TextStyle(weight=700)), Word(text="a<b", style=None)]
        cue = Cue(
            id="x",
            start=3661.5,
            end=3662,
            lines=[Line(words=words)],
            style=TextStyle(italic=True, colour="#ff0000cc"),
            placement=Placement(x=0, y=0, anchor="tl"),
        )
        assert write_srt(Scenario(cues=[cue])).decode() == (
            "1\n01:01:01,500 --> 01:01:02,000\n"
            '{\\an7}<b><i><font color="#ff0000">Hi</font></i></b> '
            '<i><font color="#ff0000">a&lt;b</font></i>\n'
        )

    def test_voices_from_off_are_italic(self) -> None:
        cue = Cue(id="x", start=0, end=1, speaker="n", lines=[Line(words=[Word(text="Hi")])])
        scenario = Scenario(cues=[cue], speakers={"n": Speaker(id="n", off_screen=True)})
        assert b"<i>Hi</i>" in write_srt(scenario)

    def test_a_line_end_inside_a_word_cannot_forge_a_cue(self) -> None:
        word = Word(text="a\n\n2\n00:00:09,000 --> 00:00:10,000\nb")
        cue = Cue(id="x", start=0, end=1, lines=[Line(words=[word])])
        assert len(read_srt(write_srt(Scenario(cues=[cue])).decode()).scenario.cues) == 1

    def test_no_cue_is_shorter_than_a_millisecond(self) -> None:
        cue = Cue(id="x", start=1, end=1.0000001, lines=[Line(words=[Word(text="a")])])
        assert b"00:00:01,000 --> 00:00:01,001" in write_srt(Scenario(cues=[cue]))
