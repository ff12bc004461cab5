"""Blocks of texts as cues of the scenario.

Texts of several words that are never on the screen together are captions that follow one another, although
one root holds them: each gets a cue of its own. Single words are a line of speech: their times say when
they are spoken, and the line stays one cue.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

from ecg.captions.formats.draft import Draft
from ecg.captions.formats.motiontext.blocks import Block, Text
from ecg.captions.formats.motiontext.plugins import MAX_EFFECTS, Plugin
from ecg.captions.formats.motiontext.style import NO_BOX, alignment, text_style
from ecg.captions.formats.motiontext.words import (
    StyledText,
    lines_of,
    speaker_of,
    without_common_style,
)
from ecg.captions.scenario import Effect, Placement, Speaker

_TOUCH = 1e-6
"""Seconds; a text that begins when another one ends follows it."""


def add_block(
    block: Block, draft: Draft, *, layer: int, cue_id: str | None = None, speaker: str | None = None
) -> None:
    """Add the cues of one block to `draft`, on `layer`. `speaker` is whom the cue itself names.

    Raises `ScenarioError` where a cue is larger than any cue may be.
    """
    rows = block.rows
    if not block.row_said and all(text.is_one_word for text in block.texts):
        rows = [block.texts]
    for i, part in enumerate(_apart(rows)):
        _add(
            block,
            part,
            draft,
            layer=layer,
            cue_id=f"{cue_id}-{i + 1}" if cue_id and i else cue_id,
            speaker=speaker,
        )


def _apart(rows: list[list[Text]]) -> Iterator[list[list[Text]]]:
    """Rows parted into those that are on the screen at overlapping times."""
    texts = sorted((text for row in rows for text in row), key=lambda text: text.shown)
    if all(text.is_one_word for text in texts):
        yield rows
        return
    together: list[set[str]] = []
    until = -math.inf
    for text in texts:
        if text.shown[0] >= until - _TOUCH:
            together.append(set())
        together[-1].add(text.where)
        until = max(until, text.shown[1])
    for group in together:
        kept = [[text for text in row if text.where in group] for row in rows]
        yield [row for row in kept if row]


def _add(
    block: Block, rows: list[list[Text]], draft: Draft, *, layer: int, cue_id: str | None, speaker: str | None
) -> None:
    texts = [text for row in rows for text in row]
    start = max(0.0, min(text.shown[0] for text in texts))
    end = max(text.shown[1] for text in texts)
    if end <= 0:
        draft.warnings.add("the text ends before the video starts and was left out", texts[0].where)
        return
    carried = _of_the_cue(texts)
    items = [
        StyledText(text, text_style(text.style, draft.warnings), () if carried else text.plugins)
        for text in texts
    ]
    _introduce(texts, draft)
    who = speaker or speaker_of([StyledText(text, None, text.plugins) for text in texts])
    items, style = without_common_style(items)
    by_row = iter(items)
    lines = lines_of([[next(by_row) for _ in row] for row in rows], (start, end))
    draft.add_lines(
        lines,
        start,
        end,
        where=block.where,
        cue_id=cue_id,
        speaker=who,
        style=style,
        box=block.box or NO_BOX,
        placement=_aligned(block.placement, texts),
        effects=_limited([*(plugin.effect for plugin in block.plugins), *carried]),
        layer=layer,
        wrap="auto" if block.wraps and len(lines) < 2 else "keep",
    )


def _of_the_cue(texts: list[Text]) -> list[Effect]:
    """The effects of a lone text of several words: they move the whole cue and go through all its letters."""
    if len(texts) != 1 or texts[0].is_one_word:
        return []
    return [plugin.effect for plugin in texts[0].plugins]


def _limited(effects: list[Effect]) -> list[Effect]:
    return effects[:MAX_EFFECTS]


def _introduce(texts: list[Text], draft: Draft) -> None:
    """Speakers whom effects name, with the colour that the author's palette gives them."""
    plugins: Iterator[Plugin] = (plugin for text in texts for plugin in text.plugins if plugin.speaker)
    for name, said in groupby(plugins, key=lambda plugin: plugin.speaker):
        colour = next(said).speaker_colour
        if name and name not in draft.speakers:
            draft.speakers[name] = Speaker(id=name, colour=colour)


def _aligned(placement: Placement | None, texts: list[Text]) -> Placement | None:
    side = alignment(texts[0].style)
    if side is None or side == "center":
        return placement
    base = placement or Placement()
    return base.model_copy(update={"align": side})
