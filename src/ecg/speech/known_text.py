"""Places a known text on the sound: the words are given, only their times are looked for.

The engine listens first. What it heard is laid beside the text; where both agree around a pause, the text is
cut, and each stretch is force-aligned with the sound between its pauses (pocketsphinx, English). A word that
the pronouncing dictionary lacks is aligned by a guessed pronunciation. Where a stretch does not fit its
sound, words that were heard right keep the engine's times and the others are interpolated and marked so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from ecg.errors import InputError
from ecg.media.audio import Sound
from ecg.speech.activity import Region
from ecg.speech.engines.base import Heard, HeardWord, Progress
from ecg.speech.engines.sphinx import SphinxEngine
from ecg.speech.pronunciation import guess_phones, spoken_forms
from ecg.speech.timing import interpolate

MAX_BYTES = 5_000_000
_DOUBTFUL_MATCH = 0.25
_LONGEST_STRETCH = 90.0
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True)
class KnownWord:
    written: str
    """As it stands in the text, punctuation included."""
    spoken: tuple[str, ...]
    """What is said for it, lower case; empty where that cannot be told (another script than Latin)."""
    joined: bool = False


@dataclass(frozen=True)
class _Token:
    """One spoken word of the text: which written word it belongs to, and what was heard for it."""

    text: str
    word: int
    heard: int | None
    """Index of the heard word that it was laid beside."""
    agrees: bool
    opens: bool
    """Is it the first spoken word of its written word."""


@dataclass(frozen=True)
class _Stretch:
    region: Region
    tokens: tuple[_Token, ...]


KnownText = tuple[KnownWord, ...]


def read_transcript(path: Path) -> KnownText:
    """Read a plain text file (UTF-8).

    Raises:
        InputError: it cannot be read, is too large, is not text or has no word.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(
                "the transcript is larger than 5 MB", where=str(path), hint="give the text of this video"
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"the transcript cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        at = f"{path}, byte {error.start}"
        raise InputError(
            "the transcript is not UTF-8 text", where=at, hint="save it as plain text, UTF-8"
        ) from error
    words = split_text(text)
    if not words:
        raise InputError("the transcript has no word in it", where=str(path))
    return words


def split_text(text: str) -> KnownText:
    """Written words; a sign that stands alone stays with the word before it; unspaced scripts go by
    character."""
    words: list[KnownWord] = []
    for token in text.split():
        if not any(c.isalnum() for c in token) and not spoken_forms(token):
            if words:
                words[-1] = replace(words[-1], written=f"{words[-1].written}\u00a0{token}")
        elif _UNSPACED.search(token):
            pieces = re.findall(r"\w[^\w]*", token) or [token]
            words += [KnownWord(piece, (piece[0],), joined=True) for piece in pieces]
        else:
            words.append(KnownWord(token, spoken_forms(token) or (token.lower().strip(".,!?;:\"'()"),)))
    return tuple(words)


def place(
    known: KnownText,
    heard: Heard,
    sound: Sound,
    regions: Sequence[Region],
    *,
    progress: Progress,
) -> Heard:
    """The words of `known` with times, in place of the words of `heard`.

    Args:
        heard: what an engine heard in `regions`.
    """
    tokens = _lay_beside(known, heard.words)
    placed = _times_heard(known, tokens, heard.words)
    if heard.language == "en" and regions:
        stretches = _stretches(tokens, heard.words, regions)
        with SphinxEngine() as aligner:
            placed = _times_aligned(placed, stretches, aligner, sound, progress)
    bounds = (regions[0].start, regions[-1].end) if regions else (0.0, sound.seconds)
    words = interpolate(_in_order(placed), start=bounds[0], end=bounds[1])
    return Heard(tuple(words), heard.language, (*heard.warnings, *_doubts(tokens)))


def _lay_beside(known: KnownText, heard: Sequence[HeardWord]) -> list[_Token]:
    """Pair the spoken words of the text with what was heard, in order, as many equal ones as possible."""
    said = [(form, i, nth == 0) for i, word in enumerate(known) for nth, form in enumerate(word.spoken)]
    ears = [
        (form, j)
        for j, word in enumerate(heard)
        for form in (spoken_forms(word.text) or (word.text.lower(),))
    ]
    matcher = SequenceMatcher(None, [form for form, *_ in said], [form for form, _ in ears], autojunk=False)
    tokens = [_Token(form, i, None, agrees=False, opens=opens) for form, i, opens in said]
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind in {"equal", "replace"}:
            for x, y in zip(range(a, b), range(c, d), strict=False):
                tokens[x] = replace(tokens[x], heard=ears[y][1], agrees=kind == "equal")
    return tokens


def _times_heard(known: KnownText, tokens: Sequence[_Token], heard: Sequence[HeardWord]) -> list[HeardWord]:
    """Written words whose every spoken word was heard, with the engine's times; the others without."""
    by_word: dict[int, list[_Token]] = {}
    for token in tokens:
        by_word.setdefault(token.word, []).append(token)
    placed = []
    for i, word in enumerate(known):
        times = [heard[t.heard] for t in by_word.get(i, []) if t.agrees and t.heard is not None]
        complete = len(times) == len(word.spoken) > 0
        start, end = (times[0].start, times[-1].end) if complete else (None, None)
        timing = "interpolated" if complete and any(t.timing == "interpolated" for t in times) else "measured"
        placed.append(HeardWord(word.written, start, end, None, timing, joined=word.joined))  # type: ignore[arg-type]
    return placed


def _stretches(
    tokens: Sequence[_Token], heard: Sequence[HeardWord], regions: Sequence[Region]
) -> list[_Stretch]:
    """Cut text and sound together at the pauses where text and hearing agree on both sides."""
    home = [_region_of(heard[t.heard], regions) if t.heard is not None else None for t in tokens]
    stretches: list[_Stretch] = []
    first_token, first_region = 0, 0
    for at in range(1, len(tokens)):
        left, right = home[at - 1], home[at]
        if left is None or right is None or left >= right:
            continue
        long = regions[left].end - regions[first_region].start > _LONGEST_STRETCH
        if (tokens[at - 1].agrees and tokens[at].agrees and right == left + 1) or long:
            span = Region(regions[first_region].start, regions[left].end)
            stretches.append(_Stretch(span, tuple(tokens[first_token:at])))
            first_token, first_region = at, right
    last = Region(regions[first_region].start, regions[-1].end)
    return [*stretches, _Stretch(last, tuple(tokens[first_token:]))]


def _region_of(word: HeardWord, regions: Sequence[Region]) -> int | None:
    if word.start is None or word.end is None:
        return None
    middle = (word.start + word.end) / 2
    return min(range(len(regions)), key=lambda r: max(regions[r].start - middle, middle - regions[r].end))


def _times_aligned(
    placed: list[HeardWord],
    stretches: Sequence[_Stretch],
    aligner: SphinxEngine,
    sound: Sound,
    progress: Progress,
) -> list[HeardWord]:
    """Replace the engine's times by aligned ones wherever a stretch fits its sound."""
    sayable = [s for s in stretches if s.tokens and all(re.fullmatch(r"[a-z']+", t.text) for t in s.tokens)]
    unknown = aligner.unknown([t.text for s in sayable for t in s.tokens])
    guesses = {word: guess_phones(word) for word in unknown}
    texts = [(s.region, [t.text for t in s.tokens]) for s in sayable]
    aligned = aligner.align(sound, texts, guesses, progress=progress)
    result = list(placed)
    for stretch, times in zip(sayable, aligned, strict=True):
        for token, time in zip(stretch.tokens, times, strict=False):
            word = result[token.word]
            start = time.start if token.opens else word.start
            result[token.word] = replace(word, start=start, end=time.end, timing="measured")
    return result


def _in_order(words: Sequence[HeardWord]) -> list[HeardWord]:
    """Drop times that run backwards: a word placed before its predecessor was placed wrong."""
    latest, kept = 0.0, []
    for word in words:
        if word.start is not None and word.end is not None:
            if word.start < latest - 1e-6 or word.end < word.start:
                kept.append(replace(word, start=None, end=None))
                continue
            latest = word.end
        kept.append(word)
    return kept


def _doubts(tokens: Sequence[_Token]) -> tuple[str, ...]:
    share = sum(token.agrees for token in tokens) / max(1, len(tokens))
    if share >= _DOUBTFUL_MATCH:
        return ()
    return (
        f"only {share:.0%} of the transcript's words were heard in the sound; is it the text of this video?",
    )
