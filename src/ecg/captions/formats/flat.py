"""The flat form of the render contract: ``{"cues": [{"text", "start", "end", …}], "template"?}``.

It is what render clients have always sent, with or without ``"version": "1.3"``. Styles are CSS and
become typed fields (`ecg.captions.formats.css`); unknown fields are ignored with a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecg.captions.formats.css import REFERENCE_HEIGHT, read_style
from ecg.captions.formats.draft import Draft
from ecg.captions.formats.node import Node, dump
from ecg.captions.formats.reading import ReadResult
from ecg.captions.formats.spoken import emotion_of, runs_of, speaker_of, start_and_end
from ecg.captions.scenario import Cue, Scenario, TextStyle, Word
from ecg.captions.timing import timed

_TIMES = {"start", "start_time", "end", "end_time", "duration"}
_CUE_FIELDS = _TIMES | {"id", "text", "speaker", "speaker_id", "emotion", "style", "words"}
_TOP_FIELDS = {"version", "cues", "template", "language", "metadata"}


def is_flat(node: Node) -> bool:
    """Whether a JSON document is in the flat form: cues, and none of them a tree."""
    if not node.has_list("cues") or "tracks" in node:
        return False
    return not any(isinstance(cue.value, dict) and "root" in cue for cue in node["cues"].items())


def read_flat(node: Node, *, height: float | None = None) -> ReadResult:
    """Read the flat form. `height` is the picture's height in pixels that its ``px`` lengths are meant for.

    Raises `ScenarioError` with a JSON pointer, for a reversed cue too: a program wrote it and is wrong.
    """
    draft = Draft("flat")
    for name, value in node.members():
        if name not in _TOP_FIELDS:
            draft.warnings.add("this field is not known and was ignored", value.where)
    named = {name: found.text() for name in ("template", "language") if (found := node.get(name)) is not None}
    draft.language = named.pop("language", None)
    for cue in node["cues"].items():
        _read_cue(cue, height or REFERENCE_HEIGHT, draft)
    return draft.finish(**named)


def _read_cue(cue: Node, height: float, draft: Draft) -> None:
    for name, value in cue.members():
        if name not in _CUE_FIELDS:
            draft.warnings.add("this field is not known and was ignored", value.where)
    start, end = start_and_end(cue)
    if end <= start:
        where = cue.get("end", "end_time", "duration") or cue
        raise where.error(f"the cue ends ({end:g} s) when or before it starts ({start:g} s)")
    text = cue.get("text")
    if text is None and "words" not in cue:
        text = cue["text"]  # raises: neither is there
    speaker = speaker_of(cue)
    runs = runs_of(None if text is None else text.text(), cue.get("words"), draft.warnings)
    runs = [replace(run, speaker=None) if run.speaker == speaker else run for run in runs]
    emotion, confidence = emotion_of(cue, draft.warnings)
    style = cue.get("style")
    look = {} if style is None else read_style(style, height=height, warnings=draft.warnings).cue_fields()
    draft.add(
        runs,
        start,
        end,
        where=cue.where,
        cue_id=_identifier(cue),
        speaker=speaker,
        emotion=emotion,
        emotion_confidence=confidence,
        **look,
    )


def _identifier(cue: Node) -> str | None:
    found = cue.get("id")
    if found is None:
        return None
    if isinstance(found.value, int) and not isinstance(found.value, bool):
        return str(found.value)[:40]
    return found.text().strip() or None


def write_flat(scenario: Scenario) -> bytes:
    """The scenario in the flat form, which has no place for placement, effects and looks of single words."""
    document = {
        "version": "1.3",
        "template": scenario.template,
        **({"language": scenario.language} if scenario.language else {}),
        "cues": [_flat_cue(cue) for cue in scenario.cues],
    }
    return dump(document)


def _flat_cue(cue: Cue) -> dict[str, Any]:
    optional: Mapping[str, Any] = {
        "speaker": cue.speaker,
        "emotion": _emotion(cue),
        "style": _css(cue.style) if cue.style else None,
    }
    return {
        "id": cue.id,
        "text": cue.text,
        "start": cue.start,
        "end": cue.end,
        **{name: value for name, value in optional.items() if value},
        "words": [_flat_word(word) for word in timed(cue).words],
    }


def _emotion(cue: Cue) -> object:
    if cue.emotion is None or cue.emotion_confidence is None:
        return cue.emotion
    return {"emotion": cue.emotion, "confidence": cue.emotion_confidence}


def _flat_word(word: Word) -> dict[str, Any]:
    optional: Mapping[str, Any] = {
        "confidence": word.confidence,
        "volume_db": word.volume_db,
        "pitch_hz": word.pitch_hz,
        "alpha_ratio_db": word.alpha_ratio_db,
        "emotion": word.emotion,
        "speaker": word.speaker,
        "timing": "interpolated" if word.timing == "interpolated" else None,
    }
    return {
        "word": word.text,
        "start": word.start,
        "end": word.end,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _css(style: TextStyle) -> dict[str, Any]:
    """The style in CSS, lengths in ``vh`` so that they hold for a picture of any height."""
    decoration = [
        name for name, on in (("underline", style.underline), ("line-through", style.strikeout)) if on
    ]
    css: dict[str, Any] = {
        "fontFamily": style.font_family,
        "fontSize": None if style.size is None else f"{style.size * 100:.6g}vh",
        "fontWeight": style.weight,
        "fontStretch": None if style.width is None else f"{style.width:g}%",
        "fontStyle": None if style.italic is None else ("italic" if style.italic else "normal"),
        "textDecoration": " ".join(decoration) or None,
        "color": style.colour,
        "opacity": style.opacity,
        "letterSpacing": None if style.letter_spacing is None else f"{style.letter_spacing:g}em",
        "lineHeight": style.line_height,
    }
    return {name: value for name, value in css.items() if value is not None}
