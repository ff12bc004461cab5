"""How a voice becomes type: loudness to size, pitch to weight, harmonics to width, all against the speaker's
own norm.

"Caption with Intention" draws a loud word large and a whispered one small; it does not say how many decibels
a shout is. The numbers chosen here, and where they come from, are explained in docs/captions.md:

* size is exponential in decibels, because loudness is: in Stevens' law the sone doubles every 10 dB, and here
  the type doubles about every 11 dB above the norm;
* ±2 dB about the norm stays exactly normal, so ordinary speech does not flicker;
* words too short to be measured well lean on their neighbours in the cue; long ones speak for themselves.

A value that nobody measured gives the neutral style, never a guess.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ecg.captions.scenario import Cue, Scenario, Word
from ecg.captions.template import SizeScale, WeightScale, WidthScale

ENOUGH_WORDS = 20
"""From this many measured words a speaker's median stands alone; below, it leans on the whole video's."""
A_FEW_WORDS = 5
"""From this many voiced words the video has a pitch norm of its own; below, it leans on the absolute one."""
SURE_SECONDS = 0.15
"""A word this long is measured well enough to stand alone; shorter ones lean on their neighbours."""

SHOUT_DB, WHISPER_DB, LOUDNESS_CORE_DB = 14.0, 12.0, 2.0
PITCH_SPAN, PITCH_CORE = 10.0, 1.93
"""Semitones. The core is the design system's neutral band, 160–200 Hz: ±1.93 semitones about its middle."""
NEUTRAL_PITCH_HZ = math.sqrt(160 * 200)
"""The absolute norm (178.9 Hz) of a video with too few voiced words to have one of its own."""
ALPHA_SPAN_DB, ALPHA_CORE_DB = 12.0, 3.0


@dataclass(frozen=True)
class Norms:
    """What is normal for one voice in this video; None where nothing was measured."""

    volume_db: float | None = None
    pitch_hz: float | None = None
    alpha_ratio_db: float | None = None


@dataclass(frozen=True)
class Intonation:
    """How far one word is from its speaker's norm, each from -1 to 1; 0 is the norm or unknown."""

    loudness: float = 0.0
    """-1 whisper … 1 shout."""
    pitch: float = 0.0
    """-1 low … 1 high."""
    thinness: float = 0.0
    """-1 rich low harmonics … 1 thin high ones."""


NEUTRAL = Intonation()


def speaker_of(cue: Cue, word: Word) -> str | None:
    return word.speaker if word.speaker is not None else cue.speaker


def voice_norms(scenario: Scenario) -> dict[str | None, Norms]:
    """The norm of each speaker (None: the words of nobody), from the spoken words of the whole video.

    The norm is the median, which a few shouts do not move. With fewer than `ENOUGH_WORDS` words it is mixed
    with the video's own median, in proportion.
    """
    by_speaker: dict[str | None, list[Word]] = {}
    for cue, word in scenario.words():
        if cue.kind == "speech":
            by_speaker.setdefault(speaker_of(cue, word), []).append(word)
    everyone = [word for words in by_speaker.values() for word in words]
    pitches = [_log_pitch(w) for w in everyone]
    anchored = _leaning(pitches, math.log2(NEUTRAL_PITCH_HZ), A_FEW_WORDS)
    volume, alpha = _median(w.volume_db for w in everyone), _median(w.alpha_ratio_db for w in everyone)
    norms: dict[str | None, Norms] = {}
    for speaker, words in by_speaker.items():
        log_pitch = _leaning([_log_pitch(w) for w in words], anchored)
        norms[speaker] = Norms(
            volume_db=_leaning([w.volume_db for w in words], volume),
            pitch_hz=None if log_pitch is None else 2**log_pitch,
            alpha_ratio_db=_leaning([w.alpha_ratio_db for w in words], alpha),
        )
    return norms


def _log_pitch(word: Word) -> float | None:
    return None if word.pitch_hz is None else math.log2(word.pitch_hz)


def _median(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return median(known) if known else None


def _leaning(values: Sequence[float | None], wider: float | None, enough: int = ENOUGH_WORDS) -> float | None:
    """The median of the known `values`, mixed with the `wider` norm while there are fewer than `enough`."""
    known = [v for v in values if v is not None]
    if not known:
        return None
    own = median(known)
    trust = min(1.0, len(known) / enough)
    return own if wider is None else trust * own + (1 - trust) * wider


def intonations(cue: Cue, words: Sequence[Word], norms: dict[str | None, Norms]) -> list[Intonation]:
    """How each of the `words` of `cue` departs from its speaker's norm."""
    if cue.kind != "speech":
        return [NEUTRAL] * len(words)
    own = [norms.get(speaker_of(cue, word), Norms()) for word in words]
    loudness = _steadied(
        words, [_difference(w.volume_db, n.volume_db) for w, n in zip(words, own, strict=True)]
    )
    pitch = _steadied(words, [_semitones(w.pitch_hz, n.pitch_hz) for w, n in zip(words, own, strict=True)])
    alpha = _steadied(
        words, [_difference(w.alpha_ratio_db, n.alpha_ratio_db) for w, n in zip(words, own, strict=True)]
    )
    return [
        Intonation(
            loudness=_departure(loud, WHISPER_DB, SHOUT_DB, LOUDNESS_CORE_DB),
            pitch=_departure(high, PITCH_SPAN, PITCH_SPAN, PITCH_CORE),
            thinness=_departure(thin, ALPHA_SPAN_DB, ALPHA_SPAN_DB, ALPHA_CORE_DB),
        )
        for loud, high, thin in zip(loudness, pitch, alpha, strict=True)
    ]


def _difference(value: float | None, norm: float | None) -> float | None:
    return None if value is None or norm is None else value - norm


def _semitones(pitch_hz: float | None, norm_hz: float | None) -> float | None:
    return None if pitch_hz is None or norm_hz is None else 12 * math.log2(pitch_hz / norm_hz)


def _duration(word: Word) -> float | None:
    return None if word.start is None or word.end is None else max(0.0, word.end - word.start)


def _steadied(words: Sequence[Word], values: Sequence[float | None]) -> list[float | None]:
    """`values` with those of very short words drawn towards the known neighbours' mean.

    Fifteen hundredths of a second hold about fifteen analysis frames; below that the level of a word is
    mostly the level of its consonants, and type that jumps on every "the" would flicker. Longer words keep
    their value exactly, so a single shout in a quiet line is still a shout.
    """
    steady: list[float | None] = []
    for i, (word, value) in enumerate(zip(words, values, strict=True)):
        duration = _duration(word)
        around = [v for v in (*values[max(0, i - 1) : i], *values[i + 1 : i + 2]) if v is not None]
        if value is None or duration is None or duration >= SURE_SECONDS or not around:
            steady.append(value)
            continue
        trust = duration / SURE_SECONDS
        steady.append(trust * value + (1 - trust) * sum(around) / len(around))
    return steady


def _departure(difference: float | None, span_below: float, span_above: float, core: float) -> float:
    """Map a difference to -1 … 1: 0 within ±`core`, then straight to the ends of the spans. Unknown is 0."""
    if difference is None or abs(difference) <= core:
        return 0.0
    span = span_above if difference > 0 else span_below
    return math.copysign(min(1.0, (abs(difference) - core) / (span - core)), difference)


def size_fraction(loudness: float, scale: SizeScale) -> float:
    """Type size as a fraction of the picture's height: whisper at -1, normal at 0, shout at 1."""
    end = scale.loudest if loudness > 0 else scale.quietest
    return scale.normal * math.pow(end / scale.normal, abs(loudness))


def weight_of(pitch: float, scale: WeightScale) -> int:
    """The `wght` axis, a multiple of 10: heavier as the voice goes lower."""
    end = scale.high if pitch > 0 else scale.low
    return _to_ten(scale.neutral if end is None else scale.neutral + abs(pitch) * (end - scale.neutral))


def width_of(thinness: float, scale: WidthScale) -> float:
    """The `wdth` axis in whole percent: wider as the low harmonics grow richer."""
    end = scale.thin if thinness > 0 else scale.rich
    return float(
        round(scale.neutral if end is None else scale.neutral + abs(thinness) * (end - scale.neutral))
    )


def _to_ten(weight: float) -> int:
    """Few distinct weights keep the browser's glyph cache small; ten units are far below what an eye sees."""
    return round(weight / 10) * 10


LOUD, WHISPER = 0.5, -0.5
BREAK_OUT, SUDDEN = 0.75, 0.5
"""A word breaks out from this loudness on, or from the lower one when the word before was not loud at all."""


def breaks_out(loudness: float, before: float | None) -> bool:
    """Whether a word is so loud, or so suddenly loud after the one `before`, that it may leave its box."""
    return loudness >= BREAK_OUT or (before is not None and loudness >= SUDDEN and before <= 0)


def word_classes(word: Word, tone: Intonation, emotion: str | None) -> tuple[str, ...]:
    """Style-sheet hooks for what was heard in a word."""
    named: list[tuple[bool, str]] = [
        (tone.loudness >= LOUD, "loud"),
        (tone.loudness <= WHISPER, "whisper"),
        (tone.pitch >= 0.5, "high"),
        (tone.pitch <= -0.5, "low"),
        (word.timing == "interpolated" or word.start is None, "interpolated"),
    ]
    classes = [name for holds, name in named if holds]
    if emotion and (slug := class_slug(emotion)):
        classes.append(f"emotion-{slug}")
    return tuple(classes)


def class_slug(name: str) -> str:
    """A name reduced to what is safe in a class: lower-case ASCII letters, digits and single hyphens."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    return "-".join(part for part in kept.split("-") if part)


def drawn_out(word: Word, parts: int, usual_seconds: float | None) -> bool:
    """Whether a word of `parts` syllables is drawn out: twice the speaker's usual pace and 0.6 s or more."""
    duration = _duration(word)
    if duration is None or word.timing != "measured" or parts < 1:
        return False
    pace = max(0.3, 2 * (usual_seconds if usual_seconds is not None else 0.2))
    return duration >= 0.6 and duration / parts >= pace


def usual_pace(scenario: Scenario, count: Callable[[str], int]) -> dict[str | None, float]:
    """Median seconds a syllable takes each speaker; `count` tells how many syllables a text has."""
    paces: dict[str | None, list[float]] = {}
    for cue, word in scenario.words():
        duration, syllables = _duration(word), count(word.text)
        if cue.kind == "speech" and word.timing == "measured" and duration and syllables:
            paces.setdefault(speaker_of(cue, word), []).append(duration / syllables)
    return {speaker: median(values) for speaker, values in paces.items() if len(values) >= 5}
