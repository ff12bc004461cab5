"""WebVTT by its specification."""

from __future__ import annotations

import pytest

from ecg.captions.formats.webvtt import read_webvtt
from ecg.captions.formats.webvtt_write import write_webvtt
from ecg.captions.scenario import Cue, Line, Placement, Scenario, TextStyle, Word
from ecg.errors import ScenarioError
from tests.captions.formats.samples import WEBVTT

HEAD = "WEBVTT\n\n00:01.000 --> 00:05.000"


def only(text: str) -> Cue:
    (cue,) = read_webvtt(text).scenario.cues
    return cue


class TestFile:
    def test_the_sample(self) -> None:
        result = read_webvtt(WEBVTT.decode())
        scenario = result.scenario
        assert result.warnings == ()
        assert scenario.language == "en"
        assert [cue.text for cue in scenario.cues] == [
            "You said never",
            "Fish & chips\u00a0<3\nBoth of us",
            "♪ la là ♪",
        ]
        assert [cue.id for cue in scenario.cues] == ["intro", "cue-2", "cue-3"]
        assert scenario.speakers["Anna"].colour == "#ffcc00"
        assert scenario.cues[2].kind == "music"

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("", 1),
            ("WEBVTTX\n", 1),
            ("1\n00:00:01,000 --> 00:00:02,000\nsrt\n", 1),
            ("WEBVTT\n\n00:00:01,000 --> 00:00:02,000\ncommas\n", 3),
            ("WEBVTT\n\nname\n00:01.000 --> 00:xx.000\n", 4),
            ("WEBVTT\n\n00:01.000 --> 00:61.000\n", 3),
            ("WEBVTT\n\n00:01.000 -->\n", 3),
            ("WEBVTT\n\n30:00:00.000 --> 30:00:01.000\na\n", 3),
        ],
    )
    def test_what_cannot_be_read_is_one_error_with_its_line(self, text: str, line: int) -> None:
        with pytest.raises(ScenarioError) as caught:
            read_webvtt(text)
        assert caught.value.where == f"line {line}"

    def test_blocks_need_no_blank_line_before_an_arrow(self) -> None:
        text = (
            "WEBVTT\n00:01.000 --> 00:02.000\na\n00:03.000 --> 00:04.000\nb\n\nid\n00:05.000 --> 00:06.000\nc"
        )
        assert [(c.id, c.text) for c in read_webvtt(text).scenario.cues] == [
            ("cue-1", "a"),
            ("cue-2", "b"),
            ("id", "c"),
        ]

    def test_notes_are_skipped_and_stray_text_is_reported(self) -> None:
        result = read_webvtt("WEBVTT\n\nNOTE\nhidden\n\nstray\ntext\n\n00:01.000 --> 00:02.000\na\n")
        assert [cue.text for cue in result.scenario.cues] == ["a"]
        assert result.warnings == ("line 6: text that belongs to no cue was left out",)

    def test_reversed_cues_are_left_out_and_said(self) -> None:
        result = read_webvtt("WEBVTT\n\n00:02.000 --> 00:01.000\na\n")
        assert result.scenario.cues == []
        assert result.warnings[0].startswith("line 3: ")

    def test_a_name_that_stands_twice_is_changed(self) -> None:
        block = "a\n00:01.000 --> 00:02.000\nx\n\n"
        assert [c.id for c in read_webvtt(f"WEBVTT\n\n{block}{block}").scenario.cues] == ["a", "a-1"]


class TestText:
    def test_timestamps_part_the_words(self) -> None:
        words = only(f"{HEAD}\nOne <00:02.000>two <00:03.000>three<00:04.000>").words
        assert [(w.text, w.start, w.end, w.timing) for w in words] == [
            ("One", 1, 2, "measured"),
            ("two", 2, 3, "measured"),
            ("three", 3, 4, "measured"),
        ]

    def test_words_between_two_timestamps_share_and_are_guesses(self) -> None:
        words = only(f"{HEAD}\n<00:02.000>ab ab\nab<00:05.000>").words
        assert [(w.text, w.start, w.end, w.timing) for w in words] == [
            ("ab", 2, 3, "interpolated"),
            ("ab", 3, 4, "interpolated"),
            ("ab", 4, 5, "interpolated"),
        ]

    def test_timestamps_out_of_order_are_reported(self) -> None:
        result = read_webvtt(f"{HEAD}\na <00:04.000>b <00:03.000>c <00:09.000>d")
        assert len(result.warnings) == 1
        assert result.scenario.cues[0].text == "a b c d"

    def test_voices_change_within_a_cue(self) -> None:
        cue = only(f"{HEAD}\n<v Anna>Hi</v> <v.loud Bo &amp; Co>Ho</v>")
        assert cue.speaker == "Anna"
        assert [word.speaker for word in cue.words] == [None, "Bo & Co"]

    def test_looks_and_classes(self) -> None:
        words = only(f"{HEAD}\n<b>a</b> <i><u>b</u></i> <c.yellow.bg_blue>c</c> <c.unknown>d</c>").words
        assert [word.style for word in words] == [
            TextStyle(weight=700),
            TextStyle(italic=True, underline=True),
            TextStyle(colour="#ffff00"),
            None,
        ]

    def test_style_blocks(self) -> None:
        sheet = (
            "WEBVTT\n\nSTYLE\n/* red { } */ ::cue { color: papayawhip }\n"
            "::cue(.a\\20 b), ::cue(.b) { color: rgb(1, 2, 3); font-style: italic; "
            "background: url(http://x) }\n"
            '::cue(v[voice="O\\22 Hara"]) { color: lime }\n::cue(#id) { color: red }\n\n'
        )
        result = read_webvtt(f'{sheet}00:01.000 --> 00:02.000\n<v O"Hara><c.b>x</c> y')
        assert result.scenario.cues[0].words[0].style == TextStyle(colour="#010203", italic=True)
        assert result.scenario.cues[0].words[1].style == TextStyle(colour="#ffefd5")
        assert result.scenario.speakers['O"Hara'].colour == "#00ff00"
        assert len(result.warnings) == 2
        assert "http" not in result.scenario.model_dump_json()

    def test_entities_ruby_and_unknown_tags(self) -> None:
        result = read_webvtt(
            f"{HEAD}\n&lt;b&gt; &amp;&nbsp;&#9834; <ruby>漢<rt>kan</rt></ruby> <blink>x</blink>"
        )
        assert result.scenario.cues[0].text == "<b> &\u00a0♪ 漢 x"
        assert len(result.warnings) == 2


class TestPlace:
    @pytest.mark.parametrize(
        ("settings", "placement"),
        [
            ("", None),
            ("align:center", Placement(x=0.5, y=1, anchor="bc")),
            ("align:start", Placement(x=0, y=1, anchor="bl", align="left")),
            ("line:0", Placement(x=0.5, y=0, anchor="tc")),
            ("line:-1", Placement(x=0.5, y=1, anchor="bc")),
            ("line:50%,center position:20%,line-left", Placement(x=0.2, y=0.5, anchor="cl")),
            (
                "position:80% align:end size:30%",
                Placement(x=0.8, y=1, anchor="br", align="right", max_width=0.3),
            ),
        ],
    )
    def test_settings(self, settings: str, placement: Placement | None) -> None:
        assert only(f"{HEAD} {settings}\na").placement == placement

    def test_a_region(self) -> None:
        cue = read_webvtt(WEBVTT.decode()).scenario.cues[1]
        assert cue.placement == Placement(x=0.3, y=0.9, anchor="bc", max_width=0.4)

    def test_settings_without_a_place_are_reported(self) -> None:
        result = read_webvtt(f"{HEAD} vertical:rl line:abc position:200% junk\na")
        assert len(result.warnings) == 4


class TestWriting:
    def test_voices_colours_and_word_times(self) -> None:
        words = [Word(text="Hi", start=1, end=1.5), Word(text="<you>", start=1.7, end=2.5)]
        cue = Cue(id="one", start=1, end=3, speaker="Anna", lines=[Line(words=words)])
        text = write_webvtt(Scenario(cues=[cue], language="en")).decode()
        assert text.startswith('WEBVTT\nLanguage: en\n\nNOTE STYLE\n::cue(v[voice="Anna"]) { color: #')
        assert text.endswith(
            "one\n00:00:01.000 --> 00:00:03.000\n"
            "<v Anna>Hi<00:00:01.500> <00:00:01.700>&lt;you&gt;<00:00:02.500>\n"
        )

    def test_a_hostile_name_stays_inside_its_string(self) -> None:
        name = 'x"]) { } --> </style> \\'
        cue = Cue(id="-->", start=1, end=3, speaker=name, lines=[Line(words=[Word(text="a")])])
        written = write_webvtt(Scenario(cues=[cue]))
        back = read_webvtt(written.decode()).scenario
        assert back.cues[0].speaker == name
        assert back.speakers[name].colour
        assert written.count(b"-->") == 1
