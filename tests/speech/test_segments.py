from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecg.speech.engines.base import HeardWord
from ecg.speech.prosody import Voice
from ecg.speech.segments import MAX_SECONDS, SpokenWord, attribute, segment
from ecg.speech.speakers import Diarization

SILENT = Voice(None, None, None)


def _word(text: str, start: float | None, end: float | None, speaker: int = 0) -> SpokenWord:
    return SpokenWord(HeardWord(text, start, end, 0.9), SILENT, speaker, 0.8)


def _texts(words: Sequence[SpokenWord]) -> list[str]:
    return [part.text for part in segment(words)]


def _diarization(labels: str) -> Diarization:
    """One digit for every 0.1 s."""
    label = np.repeat([int(c) for c in labels], 10)
    count = max(label) + 1
    return Diarization(
        count, np.eye(count, dtype=np.float32)[label], np.ones(len(label), bool), "drawn by hand"
    )


def test_a_change_of_speaker_a_pause_and_a_sentence_end_cut() -> None:
    words = [
        _word("hello", 0.0, 0.4),
        _word("there.", 0.4, 0.8),
        _word("Fine", 1.05, 1.3),
        _word("thanks", 1.3, 1.6, speaker=1),
        _word("bye", 2.5, 2.8, speaker=1),
    ]
    assert _texts(words) == ["hello there.", "Fine", "thanks", "bye"]


def test_an_abbreviation_without_a_pause_does_not_cut() -> None:
    assert _texts([_word("Mr.", 0.0, 0.3), _word("Dashwood", 0.35, 0.9)]) == ["Mr. Dashwood"]


def test_a_long_run_is_cut_at_its_longest_pause() -> None:
    words = [
        _word(f"w{i}", i * 0.5 + (0.3 if i >= 25 else 0), i * 0.5 + (0.3 if i >= 25 else 0) + 0.45)
        for i in range(40)
    ]
    parts = segment(words)
    assert [len(p.words) for p in parts] == [25, 15]
    assert all(p.end - p.start <= MAX_SECONDS for p in parts)


def test_words_without_spaces_are_joined() -> None:
    words = [
        SpokenWord(HeardWord(c, i, i + 0.5, None, joined=True), SILENT, 0, None) for i, c in enumerate("日本")
    ]
    assert [p.text for p in segment([words[0]])] == ["日"]
    joined = [
        _word("x", 0, 0.1),
        *(SpokenWord(HeardWord(c, 0.1, 0.2, None, joined=True), SILENT, 0, None) for c in "日本"),
    ]
    assert _texts(joined) == ["x 日本"]


def test_an_untimed_word_stays_with_the_one_before() -> None:
    assert _texts([_word("a", 0.0, 0.5), _word("b", None, None), _word("c", 0.9, 1.2)]) == ["a b c"]
    assert segment([_word("alone", None, None)]) == []


def test_words_go_to_the_voice_that_sounds() -> None:
    heard = [HeardWord("a", 0.0, 0.5, None), HeardWord("b", 0.5, 1.0, None), HeardWord("c", None, None, None)]
    words = attribute(heard, [SILENT] * 3, _diarization("0000011111"))
    assert [w.speaker for w in words] == [0, 1, 1]
    assert words[2].speaker_confidence is None


def test_a_moment_of_another_voice_inside_a_phrase_is_taken_back() -> None:
    heard = [HeardWord(str(i), i * 0.3, i * 0.3 + 0.3, None) for i in range(5)]
    words = attribute(heard, [SILENT] * 5, _diarization("000000111000000"))
    assert [w.speaker for w in words] == [0] * 5


def test_an_answer_between_pauses_is_kept() -> None:
    heard = [HeardWord("a", 0.0, 0.5, None), HeardWord("yes", 1.2, 1.5, None), HeardWord("b", 2.3, 3.0, None)]
    words = attribute(heard, [SILENT] * 3, _diarization("0000000000" + "1111111111" + "0000000000"))
    assert [w.speaker for w in words] == [0, 1, 0]
