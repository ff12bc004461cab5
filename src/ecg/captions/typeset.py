"""One word, set: what the template, the author and the voice say about it, resolved into numbers.

The order of authority is the word's own style, then the cue's, then the voice through the template's scales.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ecg.captions import intention
from ecg.captions.intention import Intonation, Norms, speaker_of
from ecg.captions.palette import HUES, Role, roles, speaker_colours
from ecg.captions.scenario import Cue, Effect, Outline, Scenario, Shadow, TextStyle, Word
from ecg.captions.scene import SceneEffect, SceneShadow, SceneWord, microseconds
from ecg.captions.syllables import letters, syllables
from ecg.captions.template import Template

BREAK_OUT_OUTLINE = 0.004
"""Outline of words that leave their box, as a fraction of the picture's height: they stand on the picture."""
EMOTION_CONFIDENCE = 0.5
"""Below this an emotion is not shown."""


@dataclass(frozen=True)
class Voices:
    """All that a scenario tells about its speakers, computed once."""

    norms: dict[str | None, Norms]
    paces: dict[str | None, float]
    colours: dict[str, str]
    roles: dict[str, Role]
    off_screen: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, scenario: Scenario) -> Voices:
        return cls(
            norms=intention.voice_norms(scenario),
            paces=intention.usual_pace(scenario, lambda text: len(syllables(text))),
            colours=speaker_colours(scenario),
            roles=roles(scenario),
            off_screen=frozenset(s.id for s in scenario.speakers.values() if s.off_screen),
        )

    def colour(self, speaker: str | None, template: Template) -> str:
        """The speaker's colour. Where a video names nobody there is one voice, and it takes the first hue."""
        if speaker is not None and speaker in self.colours:
            return self.colours[speaker]
        return template.colours.anonymous if self.colours else HUES[0]


@dataclass(frozen=True)
class Setter:
    """Sets the words of one cue with one template for one picture height."""

    voices: Voices
    template: Template
    cue: Cue
    height: int

    def words(self, words: list[Word]) -> list[SceneWord]:
        """`words` (timed, of this cue) as the stage draws them."""
        tones = intention.intonations(self.cue, words, self.voices.norms)
        drawn = []
        for i, (word, tone) in enumerate(zip(words, tones, strict=True)):
            before = tones[i - 1].loudness if i else None
            out = self.template.break_out and intention.breaks_out(tone.loudness, before)
            drawn.append(self._word(word, tone, out))
        return drawn

    def _word(self, word: Word, tone: Intonation, breaks_out: bool) -> SceneWord:
        style, template = self._style(word), self.template
        text = word.text.upper() if template.uppercase else word.text
        colour = self._colour(word, style)
        size = style.size or intention.size_fraction(tone.loudness, template.size)
        outline = style.outline or template.outline
        if breaks_out and outline is None:
            outline = Outline(width=BREAK_OUT_OUTLINE)
        parts = self._parts(word, text)
        return SceneWord(
            text=text,
            start_us=microseconds(word.start or 0.0),
            end_us=max(microseconds(word.end or 0.0), microseconds(word.start or 0.0) + 1),
            space_after=not word.joined,
            size_px=size * self.height,
            weight=style.weight or intention.weight_of(tone.pitch, template.weight),
            width=style.width or intention.width_of(tone.thinness, template.width),
            italic=self._italic(word, style),
            underline=bool(style.underline),
            strikeout=bool(style.strikeout),
            colour=colour,
            waiting_colour=self._waiting(colour),
            opacity=1.0 if style.opacity is None else style.opacity,
            letter_spacing_em=template.letter_spacing
            if style.letter_spacing is None
            else style.letter_spacing,
            font_family=style.font_family,
            outline_px=outline.width * self.height if outline else 0.0,
            outline_colour=outline.colour if outline else "#000000",
            shadow=self._shadow(style.shadow or template.shadow),
            loudness=tone.loudness,
            pitch=tone.pitch,
            syllables=parts,
            classes=self._classes(word, tone, breaks_out, len(parts) > 1),
            effects=tuple(scene_effect(e) for e in word.effects),
        )

    def _style(self, word: Word) -> TextStyle:
        """The word's style over the cue's, field by field."""
        cue, own = self.cue.style or TextStyle(), word.style or TextStyle()
        return TextStyle.model_construct(
            **{
                name: getattr(cue, name) if getattr(own, name) is None else getattr(own, name)
                for name in TextStyle.model_fields
            }
        )

    def _italic(self, word: Word, style: TextStyle) -> bool:
        if style.italic is not None:
            return style.italic
        return self.cue.off_screen or speaker_of(self.cue, word) in self.voices.off_screen

    def _colour(self, word: Word, style: TextStyle) -> str:
        if style.colour is not None:
            return style.colour
        speaker, fixed = speaker_of(self.cue, word), self.template.colours.spoken
        if fixed != "speaker":
            return fixed
        if self.cue.kind != "speech" and speaker is None:
            return self.template.colours.anonymous
        return self.voices.colour(speaker, self.template)

    def _waiting(self, colour: str) -> str:
        """A sound is not read along word by word: it shows in its own colour from the start."""
        waiting = self.template.colours.waiting
        return colour if waiting == "spoken" or self.cue.kind != "speech" else waiting

    def _shadow(self, shadow: Shadow | None) -> SceneShadow | None:
        if shadow is None:
            return None
        h = self.height
        return SceneShadow(dx=shadow.dx * h, dy=shadow.dy * h, blur=shadow.blur * h, colour=shadow.colour)

    def _parts(self, word: Word, text: str) -> tuple[str, ...]:
        if self.cue.kind != "speech" or self.template.light == "word":
            return (text,)
        if self.template.light == "letter":
            return letters(text)
        parts = syllables(text)
        pace = self.voices.paces.get(speaker_of(self.cue, word))
        return parts if intention.drawn_out(word, len(parts), pace) else (text,)

    def _classes(self, word: Word, tone: Intonation, breaks_out: bool, in_parts: bool) -> tuple[str, ...]:
        classes = list(intention.word_classes(word, tone, word.emotion or cue_emotion(self.cue)))
        if breaks_out:
            classes.append("break-out")
        if in_parts and self.template.light == "syllable":
            classes.append("drawn-out")
        return tuple(classes)


def cue_emotion(cue: Cue) -> str | None:
    """The cue's emotion, where it is sure enough to be shown."""
    unsure = cue.emotion_confidence is not None and cue.emotion_confidence < EMOTION_CONFIDENCE
    return None if unsure else cue.emotion


def scene_effect(effect: Effect) -> SceneEffect:
    start = microseconds(effect.start)
    return SceneEffect(
        name=effect.name,
        start_us=start,
        end_us=max(start + 1, microseconds(effect.end)),
        params=dict(effect.params),
        compose=effect.compose,
    )
