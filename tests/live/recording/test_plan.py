"""What is copied and what is encoded anew, and how long segments become."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ecg.live.cameras.schemas import AudioFacts, StreamFacts, VideoFacts
from ecg.live.recording.plan import plan_of, playable_audio, playable_video, same_streams


def facts(gop: float | None = 1.0, *, reason: str | None = None, audio: str | None = None) -> StreamFacts:
    sound = None
    if audio is not None:
        sound = AudioFacts(codec=audio, sample_rate=8000, channels=1, browser_playable=playable_audio(audio))
    video = VideoFacts(
        codec="h264",
        width=1280,
        height=720,
        fps=30,
        gop_seconds=gop,
        pixel_format="yuv420p",
        browser_playable=reason is None,
        reason=reason,
    )
    return StreamFacts(protocol="rtsp", video=video, audio=sound)


@pytest.mark.parametrize(
    ("gop", "segment", "target"),
    [
        (0.25, 1.0, 1),
        (0.4, 1.2, 2),
        (0.5, 1.0, 2),
        (1.0, 1.0, 1),
        (1.04, 1.04, 1),
        (2.0, 2.0, 2),
        (4.0, 4.0, 4),
    ],
)
def test_segments_are_whole_groups_of_pictures(gop: float, segment: float, target: int) -> None:
    plan = plan_of(facts(gop))
    assert plan.encode_reason is None
    assert plan.segment_seconds == pytest.approx(segment)
    assert plan.target == target


@pytest.mark.parametrize("gop", [0.2, 0.25, 1 / 3, 0.4, 0.5, 0.52, 0.9, 1.0, 1.04, 1.3, 2.0, 3.9])
def test_what_ffmpeg_cuts_fits_the_target_duration(gop: float) -> None:
    """FFmpeg cuts at the first key frame that is not before `n * cut - slack`."""
    plan = plan_of(facts(gop))
    cuts = [0.0]
    for number in range(1, 400):
        key = number * gop
        if key + 1e-9 >= len(cuts) * plan.cut_seconds - plan.cut_slack_seconds:
            cuts.append(key)
    lengths = [after - before for before, after in pairwise(cuts)]
    assert all(int(length + 0.5) <= plan.target for length in lengths)
    assert sum(lengths) / len(lengths) == pytest.approx(plan.segment_seconds, rel=0.2)


def test_long_groups_of_pictures_are_encoded_anew_and_say_so() -> None:
    plan = plan_of(facts(12.0))
    assert plan.encode_reason == "its key frames are 12.0 s apart"
    assert plan.target == 1


def test_what_browsers_cannot_play_is_encoded_anew() -> None:
    assert plan_of(facts(reason="browsers do not play hevc everywhere")).encode_reason
    assert playable_video("hevc", "Main", "yuv420p")
    assert playable_video("mjpeg", None, "yuvj422p")
    assert playable_video("h264", "High 4:2:2", "yuv422p")
    assert playable_video("h264", "High 10", "yuv420p10le")
    assert playable_video("h264", "Constrained Baseline", "yuvj420p") is None


@pytest.mark.parametrize(("codec", "what"), [(None, "none"), ("aac", "copy"), ("pcm_alaw", "encode")])
def test_sound(codec: str | None, what: str) -> None:
    assert plan_of(facts(audio=codec)).audio == what


def test_another_codec_needs_another_plan_and_another_size_does_not() -> None:
    before = facts(audio="aac")
    larger = before.model_copy(update={"video": before.video.model_copy(update={"width": 1920})})
    assert same_streams(before, larger)
    assert not same_streams(before, facts(audio="pcm_alaw"))
    assert not same_streams(before, facts())
