"""What a media file holds: streams, sizes, rates, colours, times.

Read from the headers and from one decoded picture, because only a decoded picture proves that the video can
be read and carries what the headers leave out (orientation, true pixel format, colour tags).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.subtitles.stream import SubtitleStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ecg.errors import MediaError
from ecg.media.guard import guarded_open, local_file
from ecg.media.mastering import Mastering, mastering_of
from ecg.media.orientation import Orientation, orientation_of

_BITMAP_SUBTITLES = {
    "hdmv_pgs_subtitle",
    "dvd_subtitle",
    "dvb_subtitle",
    "xsub",
    "dvbsub",
    "dvdsub",
    "pgssub",
}


@dataclass(frozen=True, slots=True)
class ColourTags:
    """The colour description of ITU-T H.273 as its code points; 2 (range: 0) means that the file does not
    say.
    """

    matrix: int = 2
    primaries: int = 2
    transfer: int = 2
    full_range: bool = False
    """True for "pc" levels."""
    range_tag: int = 0
    """0 unknown, 1 limited ("tv"), 2 full ("pc"): libav's numbers."""


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """A stream of pictures. Sizes are in pixels, times in seconds."""

    index: int
    codec: str
    profile: str | None
    width: int
    """As stored, before the display matrix."""
    height: int
    sample_aspect: Fraction
    """Width of a stored pixel over its height; 1 for square pixels."""
    orientation: Orientation
    pixel_format: str
    bit_depth: int
    colour: ColourTags
    time_base: Fraction
    average_rate: Fraction | None
    """Frames a second over the whole stream; None when the file does not say."""
    start: float
    duration: float | None
    declared_frames: int
    """0 when the container does not count."""
    mastering: Mastering
    interlaced: bool
    language: str | None

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as a viewer sees them: upright, with square pixels (the longer axis is
        stretched).
        """
        width, height = self.width, self.height
        if self.sample_aspect > 1:
            width = round(width * self.sample_aspect)
        elif self.sample_aspect < 1:
            height = round(height / self.sample_aspect)
        return (height, width) if self.orientation.swaps_sides else (width, height)


@dataclass(frozen=True, slots=True)
class AudioTrack:
    index: int
    codec: str
    sample_rate: int
    channels: int
    language: str | None
    title: str | None
    default: bool


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    index: int
    codec: str
    bitmap: bool
    language: str | None
    title: str | None
    forced: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    start: float
    end: float
    title: str


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Everything known about a file before its pictures are read through."""

    path: Path
    container: str
    """FFmpeg's name of the format, such as `mov,mp4,m4a,3gp,3g2,mj2`."""
    size_bytes: int
    start: float
    """Where the file's clock begins, in seconds: 0 for most, hours for a piece of a broadcast."""
    duration: float | None
    video: VideoTrack | None
    audio: tuple[AudioTrack, ...]
    subtitles: tuple[SubtitleTrack, ...]
    chapters: tuple[Chapter, ...]
    other_streams: tuple[str, ...]
    """Cover pictures, further videos, data and attachments, in words."""
    metadata: dict[str, str] = field(default_factory=dict)

    def require_video(self) -> VideoTrack:
        """The video track; raises MediaError when there is none."""
        if self.video is None:
            raise MediaError(
                f"{self.path.name} has no video stream", hint="captions are drawn into a picture"
            )
        return self.video

    def require_audio(self) -> AudioTrack:
        """The default audio track, else the first; raises MediaError when there is none."""
        if not self.audio:
            raise MediaError(
                f"{self.path.name} has no audio stream",
                hint="there is nothing to listen to; give captions with a scenario or a subtitle file",
            )
        return next((track for track in self.audio if track.default), self.audio[0])


def probe(path: Path | str) -> MediaInfo:
    """Look into a local media file. Raises MediaError when it is none, or when its video cannot be
    decoded.
    """
    path = local_file(path)
    with guarded_open(path) as container:
        video = main_video(container)
        try:
            return MediaInfo(
                path=path,
                container=container.format.name,
                size_bytes=path.stat().st_size,
                start=(container.start_time or 0) / 1_000_000,
                duration=None if container.duration is None else container.duration / 1_000_000,
                video=None if video is None else _video_track(video, first_frame(container, video)),
                audio=tuple(map(_audio_track, container.streams.audio)),
                subtitles=tuple(map(_subtitle_track, container.streams.subtitles)),
                chapters=tuple(_chapters(container)),
                other_streams=tuple(_other_streams(container, video)),
                metadata=dict(container.metadata),
            )
        except FFmpegError as error:
            raise MediaError(f"{path.name} is damaged: {error.strerror}") from error


def main_video(container: InputContainer) -> VideoStream | None:
    """The stream of moving pictures that people watch: the default one, else the largest; no cover
    picture.
    """
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not moving:
        return None
    return max(
        moving, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height, -s.index)
    )


def first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    """Decode until the first picture comes; raises MediaError when none of the first 64 MB gives one."""
    if stream.codec_context is None:
        raise MediaError(f"{Path(container.name).name} is in a video format that this FFmpeg cannot decode")
    read = 0
    for packet in container.demux(stream):
        read += packet.size
        try:
            frames = packet.decode()
        except FFmpegError:
            frames = []  # leading packets without their keyframe: broadcasts begin like that
        if frames:
            return frames[0]
        if read > 64_000_000:
            break
    raise MediaError(f"{Path(container.name).name} has a video stream, but no picture of it can be decoded")


def colour_tags(frame: VideoFrame) -> ColourTags:
    """The colour description of a decoded picture; `yuvj` formats are full range whatever the tag says."""
    full = int(frame.color_range) == 2 or frame.format.name.startswith("yuvj")
    return ColourTags(
        matrix=int(frame.colorspace),
        primaries=int(frame.color_primaries),
        transfer=int(frame.color_trc),
        full_range=full,
        range_tag=2 if full else int(frame.color_range),
    )


def _video_track(stream: VideoStream, frame: VideoFrame) -> VideoTrack:
    time_base = stream.time_base or Fraction(1, 1_000_000)
    return VideoTrack(
        index=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        profile=stream.profile,
        width=frame.width,
        height=frame.height,
        sample_aspect=stream.sample_aspect_ratio or Fraction(1),
        orientation=orientation_of(frame),
        pixel_format=frame.format.name,
        bit_depth=max(component.bits for component in frame.format.components),
        colour=colour_tags(frame),
        time_base=time_base,
        average_rate=stream.average_rate or stream.guessed_rate,
        start=float((stream.start_time or 0) * time_base),
        duration=None if stream.duration is None else float(stream.duration * time_base),
        declared_frames=stream.frames,
        mastering=mastering_of(frame),
        interlaced=frame.interlaced_frame,
        language=_language(stream),
    )


def _audio_track(stream: AudioStream) -> AudioTrack:
    return AudioTrack(
        index=stream.index,
        codec=_codec_name(stream),
        sample_rate=stream.rate if stream.codec_context is not None else 0,
        channels=stream.channels if stream.codec_context is not None else 0,
        language=_language(stream),
        title=stream.metadata.get("title"),
        default=bool(stream.disposition & Disposition.default),
    )


def _subtitle_track(stream: SubtitleStream) -> SubtitleTrack:
    codec = _codec_name(stream)
    return SubtitleTrack(
        index=stream.index,
        codec=codec,
        bitmap=codec in _BITMAP_SUBTITLES,
        language=_language(stream),
        title=stream.metadata.get("title"),
        forced=bool(stream.disposition & Disposition.forced),
    )


def _chapters(container: InputContainer) -> Iterator[Chapter]:
    for chapter in container.chapters():
        unit = chapter["time_base"] or Fraction(1)
        yield Chapter(
            start=float(chapter["start"] * unit),
            end=float(chapter["end"] * unit),
            title=chapter["metadata"].get("title", ""),
        )


def _other_streams(container: InputContainer, video: VideoStream | None) -> Iterator[str]:
    for stream in container.streams:
        if stream is video or stream.type in ("audio", "subtitle"):
            continue
        kind = "cover picture" if stream.disposition & Disposition.attached_pic else stream.type
        yield f"{kind} (stream {stream.index}, {_codec_name(stream)})"


def _language(stream: Stream) -> str | None:
    """ISO 639-2 code; "und" is how mp4 spells that it does not know."""
    return None if stream.language in (None, "", "und") else stream.language


def _codec_name(stream: Stream) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context is not None else "unknown codec"
