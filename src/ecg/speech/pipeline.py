"""From a video file to the analysis result, in five stages whose progress follows the wire contract's bands.

0-10 start · 10-25 sound · 25-40 speech detection · 40-60 speakers · 60-75 transcription · 75-90 voice and
emotion · 90-100 result
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from ecg.errors import InputError
from ecg.media.audio import Sound, extract_audio
from ecg.speech import emotion as mood
from ecg.speech.activity import Region, find_speech, listening_regions
from ecg.speech.engines import AUTO, Choice, Heard, HeardWord, choose
from ecg.speech.engines.languages import base_language
from ecg.speech.known_text import KnownText, place, read_transcript
from ecg.speech.prosody import Voice, measure
from ecg.speech.result import (
    AnalysisResult,
    Metadata,
    ResultWord,
    Segment,
    SegmentEmotion,
    SegmentSpeaker,
    SpeakerTotals,
)
from ecg.speech.segments import SpokenSegment, SpokenWord, attribute, segment
from ecg.speech.speakers import MAX_SPEAKERS, diarize

Progress = Callable[[float, str], None]
"""Is told percent done, 0 to 100, never falling, and what is being done."""

_UNKNOWN_VOICE = Voice(None, None, None)
_TIME_DIGITS = 3
_ALIGNING = 0.1  # share of the listening stage that placing a known text takes


class _Stages:
    """Progress in the contract's bands, and the wall time of each stage."""

    def __init__(self, tell: Progress | None) -> None:
        self._tell = tell or (lambda _percent, _message: None)
        self._reached = 0.0
        self._began = time.monotonic()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, start: float, end: float, message: str) -> Iterator[Callable[[float], None]]:
        """Runs one band; yields a callback that takes the fraction of it that is done."""
        began = time.monotonic()

        def fraction(done: float) -> None:
            self._report(start + (end - start) * min(1.0, max(0.0, done)), message)

        fraction(0.0)
        yield fraction
        fraction(1.0)
        self.seconds[name] = round(time.monotonic() - began, 3)

    def _report(self, percent: float, message: str) -> None:
        self._reached = max(self._reached, percent)
        self._tell(self._reached, message)

    @property
    def total(self) -> float:
        return round(time.monotonic() - self._began, 3)


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
    stages = _Stages(progress)
    with stages.stage("start", 0, 10, "Getting ready"):
        known = read_transcript(Path(transcript)) if transcript is not None else None
        choice = choose(engine, language=language, model=model)
    with stages.stage("sound", 10, 25, "Taking out the sound") as done:
        sound = extract_audio(Path(path), progress=done)
    with stages.stage("speech detection", 25, 40, "Finding speech"):
        speech = find_speech(sound)
    with stages.stage("speakers", 40, 60, "Telling speakers apart"):
        voices = diarize(sound, speech, speakers=speakers)
    with stages.stage("transcription", 60, 75, f"Listening with {choice.engine.name}") as done:
        regions = listening_regions(speech, sound)
        heard = _listen(choice, sound, regions, language=base_language(language), known=known, done=done)
    with stages.stage("voice and emotion", 75, 90, "Measuring voices"):
        segments = segment(attribute(heard.words, _voices(sound, heard.words), voices))
        moods = mood.estimate(segments, heard.language) if emotion else [None] * len(segments)
    with stages.stage("result", 90, 100, "Writing the result"):
        warnings = [*sound.warnings, *heard.warnings, *_remarks(speech, segments)]
        parts = [_segment(s, m) for s, m in zip(segments, moods, strict=True)]
    return AnalysisResult(
        text=" ".join(part.text for part in parts),
        language=heard.language,
        duration=round(sound.seconds, _TIME_DIGITS),
        segments=parts,
        speakers=_totals(parts),
        metadata=Metadata(
            model_version=choice.engine.model_version,
            processing_time=stages.total,
            unique_speakers=len({part.speaker.speaker_id for part in parts}),
            total_segments=len(parts),
            engine=choice.engine.name,
            engine_reason=choice.reason,
            language_source=_language_source(language, choice),
            speaker_method=voices.method,
            emotion_method=mood.METHOD if emotion else None,
            stage_seconds=stages.seconds,
            warnings=warnings,
        ),
    )


def _listen(
    choice: Choice,
    sound: Sound,
    regions: Sequence[Region],
    *,
    language: str,
    known: KnownText | None,
    done: Callable[[float], None],
) -> Heard:
    with choice.engine as engine:
        share = 1.0 if known is None else 1 - _ALIGNING
        heard = engine.transcribe(sound, regions, language=language, progress=lambda part: done(share * part))
    if known is None:
        return heard
    return place(known, heard, sound, regions, progress=lambda part: done(share + _ALIGNING * part))


def _voices(sound: Sound, words: Sequence[HeardWord]) -> list[Voice]:
    """The measured voice of each word; a word without a measured time has none."""
    timed = [
        i for i, w in enumerate(words) if w.start is not None and w.end is not None and w.timing == "measured"
    ]
    spans = [Region(words[i].start or 0.0, words[i].end or 0.0) for i in timed]
    measured = dict(zip(timed, measure(sound, spans), strict=True))
    return [measured.get(i, _UNKNOWN_VOICE) for i in range(len(words))]


def _segment(spoken: SpokenSegment, felt: mood.Emotion | None) -> Segment:
    return Segment(
        start_time=round(spoken.start, _TIME_DIGITS),
        end_time=round(spoken.end, _TIME_DIGITS),
        text=spoken.text,
        speaker=SegmentSpeaker(
            speaker_id=f"SPEAKER_{spoken.speaker:02d}", confidence=spoken.speaker_confidence
        ),
        emotion=SegmentEmotion(emotion=felt.emotion, confidence=felt.confidence) if felt else None,
        words=[_word(word) for word in spoken.words],
    )


def _word(word: SpokenWord) -> ResultWord:
    heard, voice = word.heard, word.voice
    return ResultWord(
        word=heard.text,
        start=None if heard.start is None else round(heard.start, _TIME_DIGITS),
        end=None if heard.end is None else round(heard.end, _TIME_DIGITS),
        score=None if heard.confidence is None else round(heard.confidence, 3),
        volume_db=voice.volume_db,
        pitch_hz=voice.pitch_hz,
        alpha_ratio_db=voice.alpha_ratio_db,
        timing=heard.timing,
    )


def _totals(segments: Sequence[Segment]) -> dict[str, SpeakerTotals]:
    counts = Counter(part.speaker.speaker_id for part in segments)
    seconds: Counter[str] = Counter()
    for part in segments:
        seconds[part.speaker.speaker_id] += part.end_time - part.start_time  # type: ignore[assignment]
    return {
        speaker: SpeakerTotals(total_duration=round(seconds[speaker], _TIME_DIGITS), segment_count=count)
        for speaker, count in sorted(counts.items())
    }


def _remarks(speech: Sequence[Region], segments: Sequence[SpokenSegment]) -> list[str]:
    if not speech:
        return ["no speech was found in the sound"]
    return [] if segments else ["speech was found, but no word could be made out"]


def _language_source(language: str, choice: Choice) -> Literal["given", "detected", "assumed"]:
    if language != AUTO:
        return "given"
    return "assumed" if len(choice.engine.languages) == 1 else "detected"
