"""A scenario, composed for one picture: from what is said and how, to numbers that can be drawn.

    scenario ──► per cue: words timed → set in type → broken into captions at their real size → placed
             ──► all cues: stacked where they show together ──► scene

Breaking happens here and not in the stage because a loud line is set in larger type: what fits in two lines
as text may need two captions as a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ecg.captions.intention import class_slug
from ecg.captions.layout import (
    Area,
    Standing,
    authored_place,
    default_place,
    is_vertical,
    safe_area,
    safe_rectangle,
    stacked,
    work_area,
)
from ecg.captions.lines import Breaker, Layout, Limits, Piece, break_costs, line_units, open_up
from ecg.captions.reading import DEFAULT_FPS, GAP_FRAMES, TimeCost
from ecg.captions.scenario import Cue, Scenario, Word
from ecg.captions.scene import Scene, SceneBox, SceneCue, SceneLine, ScenePlace, SceneWord, microseconds
from ecg.captions.script import Script, direction_of, primary, reading_units, script_of
from ecg.captions.template import Template, TemplateBox
from ecg.captions.timing import timed_words
from ecg.captions.typeface import families, width_px
from ecg.captions.typeset import Setter, Voices, cue_emotion, scene_effect

TemplateFor = Callable[[str], Template]
"""Gives the template of a name; raises `InputError` where there is none."""

FILL = 0.97
"""Share of a line that breaking fills: widths are estimated."""
BREAK_OUT_LEADING = 0.75
"""Line height of a word that breaks out; style sheets say no more, so that the letters leave the box."""
BREAK_OUT_HEADROOM = 1.5
"""How much higher than the work area a caption with such a word may be."""
SAME_MOMENT_US = 50_000
"""Words that start within this time show together where words show one at a time."""
_SHORTEST_US = 1_000


def compose(
    scenario: Scenario, template_for: TemplateFor, *, width: int, height: int, fps_hint: float | None = None
) -> Scene:
    """Compose `scenario` for a picture of `width` × `height` square pixels.

    Cue times are the scenario's. Only where a cue must be cut into several captions, those share its time and
    two frames at `fps_hint` (default 24) are left between them. Raises what `template_for` raises.
    """
    voices = Voices.of(scenario)
    composer = _Composer(scenario, voices, template_for, width, height, fps_hint or DEFAULT_FPS)
    standing = [item for cue in scenario.cues for item in composer.standing(cue)]
    cues, warnings = stacked(standing, height)
    return Scene(width=width, height=height, cues=tuple(_with_unique_ids(cues)), warnings=tuple(warnings))


def _with_unique_ids(cues: Sequence[SceneCue]) -> Iterator[SceneCue]:
    seen: set[str] = set()
    for cue in cues:
        name, number = cue.id, 2
        while name in seen:
            name, number = f"{cue.id}#{number}", number + 1
        seen.add(name)
        yield cue if name == cue.id else cue.model_copy(update={"id": name})


@dataclass(frozen=True)
class _Setting:
    """What all captions of one cue have in common."""

    cue: Cue
    template: Template
    script: Script
    place: ScenePlace
    box: SceneBox | None
    line_height: float


@dataclass(frozen=True)
class _Shown:
    """Lines that stand on the screen together, with their time."""

    lines: list[list[SceneWord]]
    start_us: int
    end_us: int


@dataclass(frozen=True)
class _Composer:
    scenario: Scenario
    voices: Voices
    template_for: TemplateFor
    width: int
    height: int
    fps: float

    def standing(self, cue: Cue) -> Iterator[Standing]:
        """The captions that `cue` becomes, with the height each takes."""
        template = self.template_for(cue.template or self.scenario.template)
        language, script = self.scenario.language, script_of(cue.text, self.scenario.language)
        place = self._place(cue, template)
        box = self._box(cue, template)
        line_height = (cue.style and cue.style.line_height) or template.line_height
        setting = _Setting(cue, template, script, place, box, line_height)
        room = self._room(place, box)
        words_of_lines = self._words_of_lines(cue, language)
        words = [word for line in words_of_lines for word in line]
        drawn = Setter(self.voices, template, cue, self.height).words(words)
        drawn = [_narrowed(w, room.width) if cue.wrap == "auto" else w for w in _spelt_out(cue, drawn)]
        if template.show == "word":
            layouts = [[range(len(words))]]
        elif cue.wrap == "keep":
            layouts = [_kept(words_of_lines)]
        else:
            limits = self._limits(template, script, room, drawn)
            pieces = [_piece(word, setting) for word in drawn]
            time_cost = TimeCost(words, longest=float("inf"))
            layouts = Breaker(pieces, break_costs(words, language), limits, time_cost).captions()
        for shown in self._shown(cue, template, drawn, layouts):
            scene_cue = self._scene_cue(setting, shown)
            tall = sum(_line_px(line, line_height) for line in shown.lines) + (
                2 * box.padding_y_px if box else 0.0
            )
            yield Standing(scene_cue, tall, stackable=cue.placement is None)

    @staticmethod
    def _words_of_lines(cue: Cue, language: str | None) -> list[list[Word]]:
        """Timed words, line by line; CJK words opened up where lines may be broken anew."""
        timed = iter(timed_words(cue))
        lines = [[next(timed) for _ in line.words] for line in cue.lines]
        return lines if cue.wrap == "keep" else [open_up(line, language) for line in lines]

    def _place(self, cue: Cue, template: Template) -> ScenePlace:
        if cue.placement is None:
            return default_place(template, work_area(template, self.scenario.frame, self.width, self.height))
        margins = safe_area(template, self.scenario.frame, self.width, self.height)
        safe = safe_rectangle(margins, self.width, self.height)
        return authored_place(cue.placement, safe, self.width, self.height)

    def _box(self, cue: Cue, template: Template) -> SceneBox | None:
        own, base = cue.box, template.box
        if own is None and base is None:
            return None
        base = base or TemplateBox(colour="#00000000")
        h = self.height

        def pick(value: float | None, otherwise: float) -> float:
            return h * (otherwise if value is None else value)

        return SceneBox(
            colour=(own and own.colour) or base.colour,
            padding_x_px=pick(own.padding_x if own else None, base.padding_x),
            padding_y_px=pick(own.padding_y if own else None, base.padding_y),
            radius_px=pick(own.radius if own else None, base.radius),
            border_px=pick(own.border_width if own else None, 0.0),
            border_colour=(own and own.border_colour) or "#000000",
            opacity=own.opacity if own and own.opacity is not None else 1.0,
        )

    @staticmethod
    def _room(place: ScenePlace, box: SceneBox | None) -> Area:
        """The room for text inside the box, as an area whose top left corner is the origin."""
        _, top, _, bottom = place.area
        across = 2 * (box.padding_x_px + box.border_px) if box else 0.0
        down = 2 * (box.padding_y_px + box.border_px) if box else 0.0
        return Area(0.0, 0.0, max(1.0, place.max_width_px - across), max(1.0, bottom - top - down))

    @staticmethod
    def _limits(template: Template, script: Script, room: Area, drawn: Sequence[SceneWord]) -> Limits:
        leaves = any("break-out" in word.classes for word in drawn)
        return Limits(
            units=min(line_units(script), template.line_units or float("inf")),
            width=FILL * room.width,
            height=room.height * (BREAK_OUT_HEADROOM if leaves else 1.0),
            lines=template.max_lines,
        )

    def _shown(
        self, cue: Cue, template: Template, drawn: Sequence[SceneWord], layouts: Sequence[Layout]
    ) -> Iterator[_Shown]:
        """The captions with their times; shown line by line or word by word where the template wants it."""
        gap = round(GAP_FRAMES / self.fps * 1_000_000)
        firsts = [drawn[layout[0].start].start_us for layout in layouts]
        edges = _edges(cue, firsts)
        for number, (layout, (start, end)) in enumerate(zip(layouts, pairwise(edges), strict=True)):
            lines = [[drawn[k] for k in line] for line in layout]
            last_word = max(word.start_us for line in lines for word in line)
            parted = number < len(layouts) - 1 and template.show == "cue"
            until = max(end - gap, min(end, max(last_word, start) + gap)) if parted else end
            yield from _unfolded(_Shown(lines, start, until), template.show)

    def _scene_cue(self, setting: _Setting, shown: _Shown) -> SceneCue:
        cue, template, language = setting.cue, setting.template, self.scenario.language
        speaker = self.scenario.speakers.get(cue.speaker) if cue.speaker else None
        lines = tuple(SceneLine(words=tuple(_within(line, shown))) for line in shown.lines)
        return SceneCue(
            id=cue.id,
            template=template.name,
            start_us=shown.start_us,
            end_us=shown.end_us,
            layer=cue.layer,
            direction=direction_of(cue.text, language),
            language=_language_of(setting.script, language),
            speaker_name=speaker.name if speaker else None,
            speaker_colour=self.voices.colour(cue.speaker, template),
            font_families=families(setting.script, language, (*self.scenario.frame.fonts, *template.fonts)),
            line_height=setting.line_height,
            place=setting.place,
            box=setting.box,
            lines=lines,
            classes=self._classes(cue, lines),
            effects=tuple(scene_effect(e) for e in cue.effects),
        )

    def _classes(self, cue: Cue, lines: Sequence[SceneLine]) -> tuple[str, ...]:
        emotion = class_slug(cue_emotion(cue) or "")
        role = self.voices.roles.get(cue.speaker) if cue.speaker else None
        named = [
            (cue.kind != "speech", f"kind-{cue.kind}"),
            (role is not None, f"role-{role}"),
            (cue.off_screen, "off-screen"),
            (bool(emotion), f"emotion-{emotion}"),
            (is_vertical(self.width, self.height), "vertical"),
            (any("break-out" in w.classes for line in lines for w in line.words), "breaks-out"),
        ]
        return tuple(name for holds, name in named if holds)


def _piece(word: SceneWord, setting: _Setting) -> Piece:
    gap = setting.template.word_gap * word.size_px
    space = " " if word.space_after else ""
    return Piece(
        units=reading_units(word.text, setting.script),
        space_units=reading_units(space, setting.script),
        width=_word_px(word) + gap,
        space=width_px(space, word.size_px, word.weight, word.width) if space else 0.0,
        height=_word_height(word, setting.line_height),
    )


def _word_px(word: SceneWord) -> float:
    return width_px(word.text, word.size_px, word.weight, word.width, word.letter_spacing_em)


def _word_height(word: SceneWord, line_height: float) -> float:
    return word.size_px * (BREAK_OUT_LEADING if "break-out" in word.classes else line_height)


def _line_px(line: Sequence[SceneWord], line_height: float) -> float:
    return max(_word_height(word, line_height) for word in line)


def _narrowed(word: SceneWord, room_px: float) -> SceneWord:
    """A word wider than the room is set smaller, so that the stage need not shrink its neighbours too."""
    wide = _word_px(word)
    return word if wide <= room_px else word.model_copy(update={"size_px": word.size_px * room_px / wide})


def _kept(lines: Sequence[Sequence[Word]]) -> Layout:
    """The author's lines as ranges of word indices."""
    layout, reached = [], 0
    for line in lines:
        layout.append(range(reached, reached + len(line)))
        reached += len(line)
    return layout


def _spelt_out(cue: Cue, drawn: list[SceneWord]) -> list[SceneWord]:
    """Sounds in brackets and music between notes, unless the author wrote them so."""
    before, after = {"speech": ("", ""), "sound": ("[", "]"), "music": ("♪ ", " ♪")}[cue.kind]
    if not before or drawn[0].text[0] in "[(（［♪♫*【":
        return drawn
    drawn = list(drawn)
    drawn[0] = _retexted(drawn[0], before + drawn[0].text)
    drawn[-1] = _retexted(drawn[-1], drawn[-1].text + after)
    return drawn


def _retexted(word: SceneWord, text: str) -> SceneWord:
    return word.model_copy(update={"text": text, "syllables": (text,)})


def _edges(cue: Cue, firsts: Sequence[int]) -> list[int]:
    """When each caption of a cue begins, and the last one ends: rising, whatever the words' times say."""
    edges = [microseconds(cue.start)]
    for first in firsts[1:]:
        edges.append(max(first, edges[-1] + _SHORTEST_US))
    edges.append(max(microseconds(cue.end), edges[-1] + _SHORTEST_US))
    return edges


def _unfolded(whole: _Shown, show: str) -> Iterator[_Shown]:
    """One caption as it is, line by line, or word by word; without gaps, each until the next begins."""
    if show == "cue":
        yield whole
        return
    groups = [[word] for line in whole.lines for word in line] if show == "word" else whole.lines
    parts: list[tuple[int, list[SceneWord]]] = []
    for group in groups:
        start = max(group[0].start_us, whole.start_us) if parts else whole.start_us
        if parts and start - parts[-1][0] < SAME_MOMENT_US:
            parts[-1][1].extend(group)
        elif start < whole.end_us:
            parts.append((start, list(group)))
        else:
            parts[-1][1].extend(group)
    ends = [start for start, _ in parts[1:]] + [whole.end_us]
    for (start, group), end in zip(parts, ends, strict=True):
        yield _Shown([group], start, end)


def _within(line: Sequence[SceneWord], shown: _Shown) -> Iterator[SceneWord]:
    """The words of a line with their times inside the caption's, and no space at the line's end."""
    for i, word in enumerate(line):
        start = min(max(word.start_us, shown.start_us), shown.end_us - 1)
        end = min(max(word.end_us, start + 1), shown.end_us)
        space = word.space_after and i < len(line) - 1
        yield word.model_copy(update={"start_us": start, "end_us": end, "space_after": space})


def _language_of(script: Script, language: str | None) -> str | None:
    """The language to draw with: the scenario's where it fits the script, else the one the script tells."""
    told = {"korean": "ko", "japanese": "ja", "chinese": "zh"}.get(script)
    if told is None or primary(language) in (told, "yue"):
        return language
    return told
