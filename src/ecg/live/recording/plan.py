"""What a recorder does with a camera's streams: pure, from what was found.

Copying costs nearly nothing, so it is done wherever browsers can play what comes. A copied segment ends at a
key frame: it is a whole number of the camera's groups of pictures (GOP), a second or a little more where
these are shorter than that. Where they are longer than `LONGEST_GOP_SECONDS`, live would not be live.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ecg.live.cameras.schemas import AudioFacts, StreamFacts, VideoFacts

LONGEST_GOP_SECONDS = 4.0
"""Groups that are longer are encoded anew: a viewer would lag behind by three of them."""
WANTED_SECONDS = 1.0
"""Length of a live segment."""
PLAYABLE_FORMATS = ("yuv420p", "yuvj420p")


@dataclass(frozen=True, slots=True)
class Plan:
    encode_reason: str | None
    """Why the video is encoded anew; None: it is copied."""
    audio: Literal["copy", "encode", "none"]
    segment_seconds: float
    """Expected; what FFmpeg is asked for is `cut_seconds`, with `cut_slack_seconds`."""
    cut_seconds: float
    cut_slack_seconds: float
    target: int
    """The playlist's target duration that this needs, in seconds."""


def plan_of(facts: StreamFacts) -> Plan:
    """Copy or encode, and how long segments become."""
    audio: Literal["copy", "encode", "none"] = "none"
    if facts.audio is not None:
        audio = "copy" if facts.audio.browser_playable else "encode"
    reason = facts.video.reason
    gop = facts.video.gop_seconds
    if reason is None and gop is not None and gop > LONGEST_GOP_SECONDS:
        reason = f"its key frames are {gop:.1f} s apart"
    if reason is not None or gop is None:
        # One segment a key frame; while the GOP is not known the first segments tell it.
        return Plan(reason, audio, WANTED_SECONDS, WANTED_SECONDS / 2, 0.0, 1)
    groups = max(1, math.ceil(WANTED_SECONDS / gop - 0.1))
    seconds = groups * gop
    longest = seconds * 1.1 if groups == 1 else seconds + gop
    slack = 0.0 if groups == 1 else gop / 2
    cut = gop / 2 if groups == 1 else seconds
    return Plan(None, audio, seconds, cut, slack, max(1, math.floor(longest + 0.5)))


def playable_video(codec: str, profile: str | None, pixel_format: str) -> str | None:
    """Why browsers cannot play the video as it is; None: all of them can."""
    if codec != "h264":
        return f"browsers do not play {codec} everywhere"
    if pixel_format not in PLAYABLE_FORMATS:
        return f"browsers do not play H.264 in {pixel_format}"
    if profile is not None and ("10" in profile or "4:" in profile):
        return f"browsers do not play H.264 {profile}"
    return None


def playable_audio(codec: str) -> bool:
    """Whether the sound fits into both outputs as it is."""
    return codec == "aac"


def same_streams(one: StreamFacts, other: StreamFacts) -> bool:
    """Whether a plan for the one serves the other."""

    def video(facts: VideoFacts) -> tuple[object, ...]:
        return facts.codec, facts.browser_playable

    def audio(facts: AudioFacts | None) -> str | None:
        return facts.codec if facts else None

    return video(one.video) == video(other.video) and audio(one.audio) == audio(other.audio)
