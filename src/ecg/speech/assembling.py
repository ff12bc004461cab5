"""From words, voices and moods to the parts of the result, rounded as the wire shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ecg.speech.emotion import Emotion
from ecg.speech.result import ResultWord, Segment, SegmentEmotion, SegmentSpeaker, SpeakerTotals
from ecg.speech.segments import SpokenSegment, SpokenWord

TIME_DIGITS = 3


def result_segment(spoken: SpokenSegment, felt: Emotion | None) -> Segment:
    return Segment(
        start_time=round(spoken.start, TIME_DIGITS),
        end_time=round(spoken.end, TIME_DIGITS),
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
        start=None if heard.start is None else round(heard.start, TIME_DIGITS),
        end=None if heard.end is None else round(heard.end, TIME_DIGITS),
        score=None if heard.confidence is None else round(heard.confidence, 3),
        volume_db=voice.volume_db,
        pitch_hz=voice.pitch_hz,
        alpha_ratio_db=voice.alpha_ratio_db,
        timing=heard.timing,
    )


def speaker_totals(segments: Sequence[Segment]) -> dict[str, SpeakerTotals]:
    counts = Counter(part.speaker.speaker_id for part in segments)
    seconds: Counter[str] = Counter()
    for part in segments:
        seconds[part.speaker.speaker_id] += part.end_time - part.start_time  # type: ignore[assignment]
    return {
        speaker: SpeakerTotals(total_duration=round(seconds[speaker], TIME_DIGITS), segment_count=count)
        for speaker, count in sorted(counts.items())
    }
