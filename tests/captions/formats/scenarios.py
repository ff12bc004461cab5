"""Scenarios that hypothesis draws: every script, and words that mean something to a format."""

from __future__ import annotations

from hypothesis import strategies as st

from ecg.captions.scenario import Cue, Line, Scenario, Speaker, TextStyle, Word

_SPACES = "\u0085\u1680\u2028\u2029\u205f\u3000" + "".join(chr(c) for c in range(0x2000, 0x200B))
letters = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\ufeff\u2060"
)
"""Whatever may stand in a word: every script, emoji, marks, and the letters that formats give a meaning."""
awkward = st.sampled_from(
    [
        "<b>",
        "</v>",
        "{\\an8}",
        "{",
        "}",
        "\\N",
        "\\",
        "&lt;",
        "&amp;",
        "-->",
        "00:00",
        "42",
        "=1+1",
        "♪",
        "NOTE",
    ]
)
word_texts = st.one_of(
    st.text(letters, min_size=1, max_size=8),
    awkward,
    st.sampled_from(["Hello", "안녕하세요", "今日は", "你好", "مرحبا", "👩‍👩‍👧", "don’t"]),
)
names = st.sampled_from(["Anna", "Bo <b>", "SPEAKER_01", 'O"Hara & Söhne', "민수", "de la Cruz"])


@st.composite
def cues(draw: st.DrawFn, index: int, measured: bool, speakers: list[str]) -> Cue:
    start = draw(st.integers(0, 3_000)) * 0.1 + index * 10
    lines, at = [], start
    for _ in range(draw(st.integers(1, 3))):
        words = []
        for _ in range(draw(st.integers(1, 4))):
            text = draw(word_texts)
            pause, length = draw(st.integers(0, 50)) / 100, draw(st.integers(1, 80)) / 100
            begin, at = at + pause, at + pause + length
            if measured:
                words.append(Word(text=text, start=begin, end=at))
            else:
                words.append(Word(text=text, joined=draw(st.booleans())))
        words[-1].joined = False
        lines.append(Line(words=words))
    italic = draw(
        st.sampled_from([None, None, TextStyle(italic=True), TextStyle(weight=700, colour="#12ab9f")])
    )
    return Cue(
        id=f"c{index}",
        start=start,
        end=at + draw(st.integers(1, 100)) / 100,
        lines=lines,
        speaker=draw(st.sampled_from([None, *speakers])),
        wrap="keep",
        style=italic,
    )


@st.composite
def scenarios(draw: st.DrawFn, *, measured: bool = False) -> Scenario:
    speakers = draw(st.lists(names, unique=True, max_size=3))
    drawn = [draw(cues(i, measured, speakers)) for i in range(draw(st.integers(0, 4)))]
    drawn.sort(key=lambda cue: cue.start)
    return Scenario(speakers={name: Speaker(id=name) for name in speakers}, cues=drawn)
