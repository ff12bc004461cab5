"""From a video file to the analysis result, in seven stages whose progress follows the wire contract's bands.

Sounds of more than a few minutes are worked on in pieces (`ecg.speech.pieces`): a job of hours needs little
more memory than one of minutes, and one that was killed goes on where it was. Speakers are told apart over
the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ecg.errors import InputError
from ecg.media.audio import Sound, extract_audio
from ecg.speech import emotion as mood
from ecg.speech.activity import Region, find_speech
from ecg.speech.assembling import TIME_DIGITS, result_segment, speaker_totals
from ecg.speech.engines import AUTO, Choice, Hardware, Heard, choose
from ecg.speech.engines.languages import base_language
from ecg.speech.known_text import KnownText, place, read_transcript
from ecg.speech.listening import (
    Workshop,
    hear,
    heard_in_all,
    measure_voices,
    regions_of,
    tell_speakers_apart,
    voices_of,
)
from ecg.speech.pieces import Piece, cut
from ecg.speech.result import AnalysisResult, Metadata
from ecg.speech.segments import SpokenSegment, attribute, segment
from ecg.speech.speakers import MAX_SPEAKERS
from ecg.speech.stages import Fraction, Progress, Stages
from ecg.speech.voiceprints import frame_count

_ALIGNING = 0.1  # share of the listening stage that placing a known text takes


@dataclass(frozen=True)
class Wishes:
    """How to listen.

    `language` is a BCP 47 tag or ``auto``, `engine` a name or ``auto``, `speakers` how many people speak, if
    that is known (1-20), `model` a Whisper model's name or folder, `emotion` whether to guess moods.
    """

    language: str = AUTO
    engine: str = AUTO
    speakers: int | None = None
    model: str | None = None
    emotion: bool = True
    hardware: Hardware = field(default_factory=Hardware)


def transcribe(
    path: Path | str,
    *,
    language: str = AUTO,
    engine: str = AUTO,
    speakers: int | None = None,
    transcript: Path | str | None = None,
    emotion: bool = True,
    model: str | None = None,
    progress: Progress | None = None,
) -> AnalysisResult:
    """Listen to a video: what is said, when each word falls, by whom, and how it sounds.

    Args:
        language: BCP 47 tag such as ``en`` or ``ko``, or ``auto``.
        engine: ``pocketsphinx``, ``faster-whisper``, ``whisperx`` or ``auto`` for the best that can listen
            here.
        speakers: how many people speak, if known (1-20).
        transcript: a text file of what is said; its words are then placed on the sound in place of guessed
            ones.
        emotion: whether to guess moods.
        model: name or folder of a Whisper model, for the engines that take one.
        progress: is told percent and message.

    Raises:
        MediaError: the file holds no readable sound.
        LanguageError: no installed engine knows the language.
        MissingDependency: ffmpeg, an engine, its model or the speaker encoder's weights are missing; the
            hint gets it.
        InputError: an argument or the transcript cannot be used.
        SpeechError: an engine failed.
    """
    if speakers is not None and not 1 <= speakers <= MAX_SPEAKERS:
        raise InputError(f"{speakers} speakers are not between 1 and {MAX_SPEAKERS}", where="speakers")
    wishes = Wishes(language, engine, speakers, model, emotion)
    run = Analysis(wishes, Stages(progress))
    with run.stages.stage("start", "Getting ready"):
        known = read_transcript(Path(transcript)) if transcript is not None else None
        choice = run.choose()
    with run.stages.stage("sound", "Taking out the sound") as done:
        sound = extract_audio(Path(path), progress=done)
    return run.listen(sound, choice, known=known)


class Analysis:
    """One sound on its way to its result. The caller runs the stages before `listen`."""

    def __init__(self, wishes: Wishes, stages: Stages, workshop: Workshop | None = None) -> None:
        self.stages = stages
        self._wishes = wishes
        self._workshop = workshop or Workshop()

    def choose(self) -> Choice:
        """Which engine listens. Raises LanguageError, MissingDependency, InputError."""
        wishes = self._wishes
        return choose(wishes.engine, language=wishes.language, model=wishes.model, hardware=wishes.hardware)

    def listen(
        self,
        sound: Sound,
        choice: Choice,
        *,
        known: KnownText | None = None,
        planned: Callable[[Sequence[Piece]], None] = lambda _pieces: None,
    ) -> AnalysisResult:
        """The stages from speech detection to the result. `planned` is told the pieces, once they are known.

        Raises MissingDependency, LanguageError, SpeechError.
        """
        wishes, workshop, stages = self._wishes, self._workshop, self.stages
        with stages.stage("speech detection", "Finding speech"):
            speech = find_speech(sound)
            pieces = cut(sound, speech, seconds=workshop.piece_seconds)
            planned(pieces)
        with stages.stage("speakers", "Telling speakers apart") as done:
            speakers = tell_speakers_apart(
                pieces, frame_count(sound), speech, speakers=wishes.speakers, workshop=workshop, done=done
            )
        with stages.stage("transcription", f"Listening with {choice.engine.name}") as done:
            language = base_language(wishes.language)
            share = 1.0 if known is None else 1 - _ALIGNING
            parts = hear(
                pieces, choice, language=language, workshop=workshop, done=lambda part: done(share * part)
            )
            heard = heard_in_all(pieces, parts)
            if known is not None:
                heard = _placed(known, heard, sound, pieces, lambda part: done(share + _ALIGNING * part))
        with stages.stage("voice and emotion", "Measuring voices") as done:
            if known is None:
                voices = measure_voices(pieces, parts, workshop=workshop, done=done)
            else:
                voices = voices_of(Piece(0, 0.0, sound, tuple(speech)), heard.words)
            segments = segment(attribute(heard.words, voices, speakers))
            moods = mood.estimate(segments, heard.language) if wishes.emotion else [None] * len(segments)
        with stages.stage("result", "Writing the result"):
            written = [result_segment(s, m) for s, m in zip(segments, moods, strict=True)]
        remarks = [*sound.warnings, *heard.warnings, *_remarks(speech, segments)]
        return AnalysisResult(
            text=" ".join(part.text for part in written),
            language=heard.language,
            duration=round(sound.seconds, TIME_DIGITS),
            segments=written,
            speakers=speaker_totals(written),
            metadata=Metadata(
                model_version=choice.engine.model_version,
                processing_time=stages.total,
                unique_speakers=len({part.speaker.speaker_id for part in written}),
                total_segments=len(written),
                engine=choice.engine.name,
                engine_reason=choice.reason,
                language_source=_language_source(wishes.language, choice),
                speaker_method=speakers.method,
                emotion_method=mood.METHOD if wishes.emotion else None,
                stage_seconds=stages.seconds,
                pieces=len(pieces),
                warnings=remarks,
            ),
        )


def _placed(
    known: KnownText, heard: Heard, sound: Sound, pieces: Sequence[Piece], progress: Fraction
) -> Heard:
    regions = [
        Region(region.start + piece.start, region.end + piece.start)
        for piece in pieces
        for region in regions_of(piece)
    ]
    return place(known, heard, sound, regions, progress=progress)


def _remarks(speech: Sequence[Region], segments: Sequence[SpokenSegment]) -> list[str]:
    if not speech:
        return ["no speech was found in the sound"]
    return [] if segments else ["speech was found, but no word could be made out"]


def _language_source(language: str, choice: Choice) -> Literal["given", "detected", "assumed"]:
    if language != AUTO:
        return "given"
    return "assumed" if len(choice.engine.languages) == 1 else "detected"
