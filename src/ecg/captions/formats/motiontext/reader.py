"""MotionText scenarios, versions 1.3 and 2.0, as scenarios of ours.

MotionText describes trees of positioned boxes with animations; a scenario describes what is said and when.
The reader keeps what both have: texts, times, looks, places and named effects. Whatever it cannot keep is a
warning, and the text still shows. Only a broken structure is an error, which says where.

    version → defines → tracks → each cue: times, then its tree → blocks → cues
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecg.captions.formats.draft import Draft
from ecg.captions.formats.motiontext import keys
from ecg.captions.formats.motiontext.blocks import Block
from ecg.captions.formats.motiontext.bounds import refuse_hostile
from ecg.captions.formats.motiontext.cues import add_block
from ecg.captions.formats.motiontext.defines import expand_defines
from ecg.captions.formats.motiontext.layout import Region
from ecg.captions.formats.motiontext.times import Clock, Span, overlap, union
from ecg.captions.formats.motiontext.tracks import Track, read_tracks, track_of
from ecg.captions.formats.motiontext.tree import Document, read_tree
from ecg.captions.formats.motiontext.version import detect_version
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import ReadResult, Warnings
from ecg.captions.scenario import MAX_CUES, OutputFrame, SafeArea
from ecg.captions.tokens import clean

TEMPLATE = "clean"
"""Draws what the scenario says and moves nothing of its own accord; the author's effects do that."""
_TOP_LAYER = 1000
"""Of `Cue.layer`."""
_ASPECTS = {"16:9": 16 / 9, "9:16": 9 / 16}


def read_motiontext(data: object) -> ReadResult:
    """Read a parsed MotionText document (what `json.loads` gives).

    Raises `ScenarioError` with a JSON pointer for a structure that is broken, for a `define` reference that
    leads nowhere or in a circle, and for input beyond any sensible size. Nothing that the document names is
    fetched.
    """
    refuse_hostile(data)
    top = Node(data)
    draft = Draft("motiontext")
    version = detect_version(top, draft.warnings)
    draft.source_format = f"motiontext-{version}"
    top = expand_defines(top)
    keys.report_unknown(top, keys.TOP, draft.warnings)
    if "wordStream" in top:
        draft.warnings.add("the word stream is not drawn, only the texts of the cues", "/wordStream")
    cues = top["cues"].items()
    if len(cues) > MAX_CUES:
        raise top["cues"].error(f"there are more than {MAX_CUES:,} cues", hint="split the scenario")
    frame = _frame(top.get("stage"), draft.warnings)
    shared = top.get("define", "definitions")
    document = Document(
        version=version,
        clock=_clock(top.get("timebase")),
        stage=Region.stage(_ASPECTS.get(frame.aspect, 16 / 9)),
        palette=shared.get("speakerPalette") if shared and isinstance(shared.value, dict) else None,
        warnings=draft.warnings,
    )
    _read_cues(cues, read_tracks(top, version, draft.warnings), document, draft)
    if not draft.cues:
        draft.warnings.add("the scenario shows no text")
    return draft.finish(template=TEMPLATE, frame=frame)


def _read_cues(cues: list[Node], tracks: Mapping[str, Track], document: Document, draft: Draft) -> None:
    found: list[_Found] = []
    spans = [_span_of(cue, document) for cue in cues]
    whole = union([span for span in spans if span])
    for cue, own in zip(cues, spans, strict=True):
        span = own
        if span is None and document.version == "1.3" and whole:
            span = (0.0, whole[1])  # 1.3 shows all the time what nobody timed
        if span is None:
            document.warnings.add("nothing says when this cue is shown; it was left out", cue.where)
        elif span[1] <= span[0]:
            times = f"ends ({span[1]:g} s) when or before it starts ({span[0]:g} s)"
            document.warnings.add(f"the cue {times} and was left out", cue.where)
        else:
            found.extend(_read_cue(cue, span, tracks, document))
    ranks = {depth: i for i, depth in enumerate(sorted({item.depth for item in found}))}
    for item in found:
        layer = min(ranks[item.depth], _TOP_LAYER)
        add_block(item.block, draft, layer=layer, cue_id=item.name, speaker=item.speaker)


@dataclass(frozen=True, slots=True)
class _Found:
    """A block of a cue. `depth` orders it: the track's layer, then the cue's own, then the node's."""

    block: Block
    depth: tuple[int, int, int]
    name: str | None
    speaker: str | None


def _span_of(cue: Node, document: Document) -> Span | None:
    """When the root is shown: by its own word, the cue's, its children's, or the whole cue's lifetime."""
    clock, root = document.clock, cue["root"]
    lifetime = clock.lifetime(cue)
    outer = clock.own(cue)
    span = clock.own(root, outer or lifetime) or outer or clock.of_descendants(root)
    if span is None:
        return lifetime or clock.hint(cue)
    return overlap(span, lifetime) if lifetime else span


def _read_cue(cue: Node, span: Span, tracks: Mapping[str, Track], document: Document) -> Iterator[_Found]:
    keys.report_unknown(cue, keys.CUE, document.warnings)
    track = track_of(cue, tracks, document.version, document.warnings)
    cue_id, speaker = _label(cue.get("id"), 100), _label(cue.get("speaker"), 200)
    z = cue.get("zIndex", "z")
    depth = round(min(max(z.number(), -1e6), 1e6)) if z else 0
    for block in read_tree(cue["root"], span, track, document):
        name = f"{cue_id}/{block.name}" if cue_id and block.name else cue_id
        yield _Found(block, (track.layer, depth, block.layer), name, speaker)


def _label(node: Node | None, longest: int) -> str | None:
    """A name or number as an identifier; None where it is none, and then one is made up."""
    if node is None or isinstance(node.value, bool) or not isinstance(node.value, str | int):
        return None
    return (
        clean(str(node.value) if isinstance(node.value, str) else f"{node.number():g}").strip()[:longest]
        or None
    )


def _clock(timebase: Node | None) -> Clock:
    fps = timebase.get("fps") if timebase else None
    if fps is None:
        return Clock()
    rate = fps.number()
    if not 1 <= rate <= 1000:
        raise fps.error(f"{rate:g} frames per second is no frame rate")
    return Clock(rate)


def _frame(stage: Node | None, warnings: Warnings) -> OutputFrame:
    """The picture that the scenario was made for. An aspect that is none, and odd margins, are warnings."""
    if stage is None:
        return OutputFrame()
    keys.report_unknown(stage, keys.STAGE, warnings)
    aspect, safe = stage.get("baseAspect"), stage.get("safeArea")
    fields: dict[str, Any] = {}
    if aspect is not None and aspect.value in (*_ASPECTS, "auto"):
        fields["aspect"] = aspect.value
    elif aspect is not None:
        warnings.add("the base aspect is 16:9, 9:16 or auto; auto is used", aspect.where)
    if safe is not None:
        margins = {
            side: node.number() for side in ("top", "right", "bottom", "left") if (node := safe.get(side))
        }
        if all(0 <= margin <= 0.45 for margin in margins.values()):
            fields["safe_area"] = SafeArea(
                **{"top": 0.0, "right": 0.0, "bottom": 0.0, "left": 0.0, **margins}
            )
        else:
            warnings.add("margins of the safe area lie between 0 and 0.45; they were ignored", safe.where)
    return OutputFrame(**fields)
