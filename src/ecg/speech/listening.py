"""What is done with the pieces of a sound, one after the other: voiceprints, words, and how each word sounds.

Every function does what is not finished yet, keeps it, and answers for the whole sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from ecg.speech.activity import Region, listening_regions
from ecg.speech.engines import AUTO, Choice, Engine, Heard, HeardWord
from ecg.speech.finished import VOICEPRINTS, VOICES, WORDS, Keeper, KeepNothing
from ecg.speech.pieces import PIECE_SECONDS, Piece
from ecg.speech.prosody import Voice, measure
from ecg.speech.speaker_encoder import SpeakerEncoder
from ecg.speech.speakers import Diarization, one_speaker, only_one, tell_apart
from ecg.speech.stages import Fraction
from ecg.speech.voiceprints import frame_count, gain_of, joined, voiceprints, windows_of

UNKNOWN_VOICE = Voice(None, None, None)

Borrow = Callable[[Engine], AbstractContextManager[Engine]]
"""Lends an engine that is loaded: that one, or a warm one that is its like."""


@dataclass(frozen=True)
class Workshop:
    """What whoever listens brings along: a place for what is finished, and engines."""

    keeper: Keeper = field(default_factory=KeepNothing)
    borrow: Borrow = lambda engine: engine
    piece_seconds: float = PIECE_SECONDS


def regions_of(piece: Piece) -> list[Region]:
    """What an engine is given of a piece, on its own clock."""
    return listening_regions(piece.speech, piece.sound)


def tell_speakers_apart(
    pieces: Sequence[Piece],
    frames: int,
    speech: Sequence[Region],
    *,
    speakers: int | None,
    workshop: Workshop,
    done: Fraction,
) -> Diarization:
    """Who speaks when, over all pieces; `speech` and `frames` (of 10 ms) are those of the whole."""
    count = sum(len(windows_of(piece.speech, frame_count(piece.sound))) for piece in pieces)
    alone = only_one(count, speakers)
    if alone is not None:
        return one_speaker(frames, speech, method=alone)
    gain = gain_of([(piece.sound, piece.speech) for piece in pieces])
    encoder = SpeakerEncoder()
    found = []
    for piece in pieces:
        made = VOICEPRINTS.done(
            workshop.keeper,
            piece,
            f"{gain!r}",
            lambda piece=piece: voiceprints(piece.sound, piece.speech, gain=gain, encoder=encoder),  # type: ignore[misc]
        )
        found.append((piece.start, made))
        done((piece.index + 1) / len(pieces) * 0.9)
    return tell_apart(joined(found), frames, speech, speakers=speakers)


def hear(
    pieces: Sequence[Piece], choice: Choice, *, language: str, workshop: Workshop, done: Fraction
) -> list[Heard]:
    """What is said in each piece, on its own clock.

    With ``auto``, the first piece in which words are heard says which language the others are in.
    """
    heard: list[Heard] = []
    with workshop.borrow(choice.engine) as engine:
        for piece in pieces:
            share = _part_of(done, piece.index, len(pieces))
            heard.append(_hear_piece(engine, piece, language, workshop.keeper, share))
            if language == AUTO and heard[-1].words:
                language = heard[-1].language
    return heard


def _hear_piece(engine: Engine, piece: Piece, language: str, keeper: Keeper, done: Fraction) -> Heard:
    def make() -> Heard:
        return engine.transcribe(piece.sound, regions_of(piece), language=language, progress=done)

    heard = WORDS.done(keeper, piece, f"{engine.model_version} {language}", make)
    done(1.0)
    return heard


def _part_of(done: Fraction, index: int, count: int) -> Fraction:
    """Progress of one of `count` parts as progress of all."""
    return lambda share: done((index + share) / count)


def heard_in_all(pieces: Sequence[Piece], heard: Sequence[Heard]) -> Heard:
    """The words of all pieces on the clock of the whole."""
    words = [
        _later(word, piece.start) for piece, part in zip(pieces, heard, strict=True) for word in part.words
    ]
    language = next((part.language for part in heard if part.words), heard[-1].language)
    warnings = dict.fromkeys(warning for part in heard for warning in part.warnings)
    return Heard(tuple(words), language, tuple(warnings))


def _later(word: HeardWord, seconds: float) -> HeardWord:
    if not seconds:
        return word
    return replace(
        word,
        start=None if word.start is None else word.start + seconds,
        end=None if word.end is None else word.end + seconds,
    )


def measure_voices(
    pieces: Sequence[Piece], heard: Sequence[Heard], *, workshop: Workshop, done: Fraction
) -> list[Voice]:
    """How each word of each piece sounds, in one list."""
    voices: list[Voice] = []
    for piece, part in zip(pieces, heard, strict=True):
        voices += VOICES.done(
            workshop.keeper,
            piece,
            repr([(word.start, word.end, word.timing) for word in part.words]),
            lambda piece=piece, part=part: voices_of(piece, part.words),  # type: ignore[misc]
        )
        done((piece.index + 1) / len(pieces))
    return voices


def voices_of(piece: Piece, words: Sequence[HeardWord]) -> list[Voice]:
    """The measured voice of each word; a word without a measured time has none."""
    timed = [
        i for i, w in enumerate(words) if w.start is not None and w.end is not None and w.timing == "measured"
    ]
    spans = [Region(words[i].start or 0.0, words[i].end or 0.0) for i in timed]
    measured = dict(zip(timed, measure(piece.sound, spans), strict=True))
    return [measured.get(i, UNKNOWN_VOICE) for i in range(len(words))]
