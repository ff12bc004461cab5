"""Results of speech recognition: our own analysis result, Whisper's and WhisperX's JSON.

All three are a list of `segments` with optional `words`. One segment becomes one cue;
`ecg.captions.reading` parts long ones when the scenario is made.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ecg.captions.formats.draft import Draft
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import ReadResult, Warnings
from ecg.captions.formats.runs import Run
from ecg.captions.formats.spoken import emotion_of, runs_of, speaker_of, start_and_end
from ecg.captions.scenario import Speaker
from ecg.captions.tokens import clean

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NAMES = {
    "arabic": "ar",
    "chinese": "zh",
    "dutch": "nl",
    "english": "en",
    "french": "fr",
    "german": "de",
    "hindi": "hi",
    "indonesian": "id",
    "italian": "it",
    "japanese": "ja",
    "korean": "ko",
    "polish": "pl",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
    "thai": "th",
    "turkish": "tr",
    "ukrainian": "uk",
    "vietnamese": "vi",
}
"""Languages that OpenAI's API writes out in full."""


def is_recognition(node: Node) -> bool:
    """Whether a JSON document is the result of a recogniser."""
    return node.has_list("segments") or node.has_list("transcription")


def read_recognition(node: Node) -> ReadResult:
    """Read an analysis result (current or older), Whisper, whisper.cpp or WhisperX JSON.

    Raises `ScenarioError` with a JSON pointer.
    """
    draft = Draft(_kind(node))
    if node.has_list("transcription"):
        draft.language = _language(node.get("result") or node, draft.warnings)
        _read_whisper_cpp(node, draft)
        return draft.finish()
    draft.language = _language(node, draft.warnings)
    segments = node["segments"].items()
    loose = _loose_words(node, segments)
    for i, segment in enumerate(segments):
        _read_segment(segment, loose.get(i), draft)
    _read_speakers(node.get("speakers"), draft)
    return draft.finish()


def _kind(node: Node) -> str:
    if "word_segments" in node:
        return "whisperx"
    if node.has_list("transcription"):
        return "whisper"
    first = next(iter(node["segments"].items()), node)
    if isinstance(first.value, dict):
        if any(key in first for key in ("seek", "tokens", "avg_logprob", "no_speech_prob")):
            return "whisper"
        if "start_time" not in first and "speakers" not in node and "metadata" not in node:
            words = first.get("words")
            scored = words is not None and words.items() and "score" in words.items()[0]
            return "whisperx" if scored else "whisper"
    return "analysis"


def _language(node: Node, warnings: Warnings) -> str | None:
    found = node.get("language")
    if found is None:
        return None
    name = found.text().strip()
    tag = _NAMES.get(name.lower(), name.replace("_", "-"))
    if _TAG.fullmatch(tag):
        return tag if tag.lower() != "auto" else None
    if tag.lower() not in ("", "auto", "unknown"):
        warnings.add("this is not the tag of a language; the language was taken as unknown", found.where)
    return None


def _read_segment(segment: Node, words: Node | None, draft: Draft) -> None:
    start, end = start_and_end(segment)
    text = segment.get("text")
    runs = runs_of(None if text is None else text.text(), segment.get("words") or words, draft.warnings)
    emotion, confidence = emotion_of(segment, draft.warnings)
    named = segment.get("id")
    speaker = speaker_of(segment)
    draft.add(
        _without(runs, speaker),
        start,
        end,
        where=segment.where,
        cue_id=named.value if named is not None and isinstance(named.value, str) else None,
        speaker=speaker,
        emotion=emotion,
        emotion_confidence=confidence,
    )


def _without(runs: list[Run], speaker: str | None) -> list[Run]:
    """Runs that name a speaker only where it is not the segment's."""
    return [replace(run, speaker=None) if run.speaker == speaker else run for run in runs]


def _loose_words(node: Node, segments: list[Node]) -> dict[int, Node]:
    """Words that stand beside the segments (OpenAI's API), by the segment in which they start."""
    words = node.get("words")
    if words is None or not segments or any("words" in segment for segment in segments):
        return {}
    found: dict[int, list[object]] = {}
    current = 0
    for word in words.items():
        at = word["start"].number()
        while current + 1 < len(segments) and at >= start_and_end(segments[current + 1])[0]:
            current += 1
        found.setdefault(current, []).append(word.value)
    return {i: Node(values, words.path) for i, values in found.items()}


def _read_speakers(node: Node | None, draft: Draft) -> None:
    """Names of speakers, from ``{id: {…}}`` or ``[{id, …}]``; those who say nothing are left out."""
    if node is None:
        return
    if isinstance(node.value, list):
        listed = [item for item in node.items() if isinstance(item.value, dict)]
        entries = [(speaker_of(item) or _id(item), item) for item in listed]
    else:
        entries = list(node.members())
    for identifier, entry in entries:
        if identifier not in draft.speakers or not isinstance(entry.value, dict):
            continue
        name = entry.get("name", "label")
        if name is not None:
            draft.speakers[identifier] = Speaker(id=identifier, name=clean(name.text())[:200])


def _id(node: Node) -> str:
    found = node.get("id")
    return "" if found is None else str(found.value)


def _read_whisper_cpp(node: Node, draft: Draft) -> None:
    """whisper.cpp: ``transcription`` entries with ``offsets`` in milliseconds."""
    for entry in node["transcription"].items():
        offsets = entry["offsets"]
        start, end = offsets["from"].number() / 1000, offsets["to"].number() / 1000
        draft.add([Run(entry["text"].text())], start, end, where=entry.where)
