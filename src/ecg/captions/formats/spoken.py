"""Words as speech recognisers report them, brought together with the text that they belong to.

The text of a segment has the punctuation, capitals and spaces; its words have times and measurements.
Recognisers spell the fields differently (`score`, `confidence`, `probability`) and may leave any of them
out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings
from ecg.captions.formats.runs import Run
from ecg.captions.scenario import MAX_SECONDS
from ecg.captions.tokens import clean, is_unspaced

_MEASURES = {
    "volume_db": (-200.0, 20.0),
    "pitch_hz": (0.0, 2000.0),
    "alpha_ratio_db": (-100.0, 100.0),
}
"""Measured fields of a word and the range that a true measurement stays in."""

_LOOK_AHEAD = 200
"""Characters of text without a timed word that are skipped to find the next one."""


def cue_time(node: Node) -> float:
    """The time of a cue in seconds; negative or beyond a day is an error."""
    seconds = node.number()
    if not 0 <= seconds <= MAX_SECONDS:
        raise node.error(f"{seconds:g} s is not a time in a video of at most 24 hours")
    return seconds


def start_and_end(cue: Node) -> tuple[float, float]:
    """Start and end of a cue or segment, whichever way they are spelt (`duration` may stand for the end)."""
    start_node = cue.get("start", "start_time")
    start = cue_time(cue["start"] if start_node is None else start_node)
    end_node = cue.get("end", "end_time")
    if end_node is None and (duration := cue.get("duration")) is not None:
        return start, start + cue_time(duration)
    return start, cue_time(cue["end"] if end_node is None else end_node)


def speaker_of(node: Node) -> str | None:
    """Who speaks: a name, or an object with `speaker_id`, `id` or `name`; None where nobody is named."""
    found = node.get("speaker", "speaker_id")
    if found is None:
        return None
    if isinstance(found.value, dict):
        found = found.get("speaker_id", "id", "name")
    name = "" if found is None else _name(found)
    return name[:200] or None


def _name(node: Node) -> str:
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return str(node.value)[:20]
    return clean(node.text()).strip()


def emotion_of(node: Node, warnings: Warnings) -> tuple[str | None, float | None]:
    """The emotion and its confidence: a name, or an object ``{"emotion", "confidence"}``."""
    found = node.get("emotion")
    if found is None:
        return None, None
    confidence = None
    if isinstance(found.value, dict):
        confidence = _measure(found, ("confidence", "score"), (0.0, 1.0), warnings)
        found = found.get("emotion", "label", "name")
    name = "" if found is None else clean(found.text()).strip()
    if len(name) > 40:
        warnings.add("the name of the emotion is longer than 40 letters and was left out", node.where)
        return None, None
    return name or None, confidence


def runs_of(text: str | None, words: Node | None, warnings: Warnings) -> list[Run]:
    """`text` as runs that carry what `words` measured; the words' own text where they do not fit `text`."""
    spoken = [] if words is None else [run for item in words.items() if (run := _word(item, warnings))]
    if not spoken:
        return [Run(text or "")]
    if text is None or not text.strip():
        return _joined(spoken)
    aligned = _align(clean(text), spoken)
    if aligned is not None:
        return aligned
    where = "" if words is None else words.where
    warnings.add("the words are not those of the text; the words are shown", where)
    return _joined(spoken)


def _word(node: Node, warnings: Warnings) -> Run | None:
    found = node.get("word", "text")
    text = clean((node["word"] if found is None else found).text()).replace("\n", " ")
    if not text.strip():
        return None
    start = _instant(node, ("start", "start_time"), warnings)
    end = None if start is None else _instant(node, ("end", "end_time"), warnings)
    return Run(text, speaker=speaker_of(node), start=start, end=end, facts=tuple(_facts(node, warnings)))


def _facts(node: Node, warnings: Warnings) -> Iterator[tuple[str, Any]]:
    yield "confidence", _measure(node, ("confidence", "score", "probability"), (0.0, 1.0), warnings)
    for name, limits in _MEASURES.items():
        value = _measure(node, (name,), limits, warnings)
        # Pitch trackers write 0 for a sound without a pitch.
        yield name, None if name == "pitch_hz" and value == 0 else value
    yield "emotion", emotion_of(node, warnings)[0]
    timing = node.get("timing")
    if timing is not None and timing.value == "interpolated":
        yield "timing", "interpolated"


def _measure(
    node: Node, keys: tuple[str, ...], limits: tuple[float, float], warnings: Warnings
) -> float | None:
    found = node.get(*keys)
    if found is None:
        return None
    value = found.number()
    low, high = limits
    if low <= value <= high:
        return value
    warnings.add(f"{value:g} is outside {low:g}…{high:g} and was taken as unknown", found.where)
    return None


def _instant(node: Node, keys: tuple[str, ...], warnings: Warnings) -> float | None:
    return _measure(node, keys, (0.0, MAX_SECONDS), warnings)


def _joined(spoken: Sequence[Run]) -> list[Run]:
    """The words' own text: as written where they bring their spaces (Whisper), else with spaces between."""
    if any(run.text[0].isspace() for run in spoken[1:]):
        return list(spoken)
    if all(is_unspaced(run.text) for run in spoken):
        return list(spoken)
    return [run if i == 0 else replace(run, text=f" {run.text}") for i, run in enumerate(spoken)]


@dataclass(slots=True)
class _Place:
    run: Run
    start: int
    end: int


def _align(text: str, spoken: Sequence[Run]) -> list[Run] | None:
    """Cut `text` so that each piece carries the word that it shows; None where a word is not in `text`.

    Punctuation between two words goes with the word that it touches. Text that no word covers becomes a run
    without a time.
    """
    lowered = text.lower() if len(text.lower()) == len(text) else text
    places: list[_Place] = []
    cursor = 0
    for run in spoken:
        word = run.text.strip()
        at = _find(lowered, word.lower() if lowered is not text else word, cursor)
        if at is None:
            return None
        places.append(_Place(run, at, at + len(word)))
        cursor = at + len(word)
    return list(_pieces(text, places))


def _find(text: str, word: str, cursor: int) -> int | None:
    """Where `word` stands next: at once after punctuation and spaces, or as a whole word a little later."""
    at = text.find(word, cursor, cursor + _LOOK_AHEAD + len(word))
    while at >= 0:
        gap = text[cursor:at]
        whole = not (text[at - 1 : at].isalnum() and at > 0) and not text[at + len(word) :][:1].isalnum()
        if whole or not any(c.isalnum() for c in gap):
            return at
        at = text.find(word, at + 1, cursor + _LOOK_AHEAD + len(word))
    return None


def _pieces(text: str, places: Sequence[_Place]) -> Iterator[Run]:
    cursor = 0
    for i, place in enumerate(places):
        lead, place.start = _take_lead(text, cursor, place.start)
        if lead:
            yield Run(lead)
        following = places[i + 1].start if i + 1 < len(places) else len(text)
        end = place.end
        while end < following and not text[end].isspace() and not text[end].isalnum():
            end += 1
        yield replace(place.run, text=text[place.start : end])
        cursor = end
    if cursor < len(text):
        yield Run(text[cursor:])


def _take_lead(text: str, cursor: int, start: int) -> tuple[str, int]:
    """Part the text before a word into what belongs to nobody and the punctuation that touches the word."""
    at = start
    while at > cursor and not text[at - 1].isspace() and not text[at - 1].isalnum():
        at -= 1
    return text[cursor:at], at
