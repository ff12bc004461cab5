"""Writes the output file: the new picture, and beside it everything else that the source holds.

Sound and text tracks are copied packet by packet with their own times; a track that the container cannot
hold is converted where that is possible and reported either way. Chapters and descriptions follow.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from ecg.media import guarded_open
from ecg.media.probe import main_video
from ecg.render.encoder import EncoderChoice
from ecg.render.options import OutputFormat
from ecg.render.output import writing_error
from ecg.render.picture import Picture
from ecg.render.timeline import Timeline
from ecg.render.tracks import Track, add_track

if TYPE_CHECKING:
    from av.container.core import Chapter

_NOT_OURS = {
    "major_brand",
    "minor_version",
    "compatible_brands",
    "encoder",
    "rotate",
    "duration",
    "vendor_id",
}
"""Tags that describe the source's file or encoding, not its content."""


class Muxer:
    """The output container with all tracks of `source` but its pictures, which come through `video`.

    Packets of other tracks are read from the source when the picture gets there, so that the file is
    interleaved and nothing is held in memory. Times of all tracks are moved by `shift` seconds towards zero.
    """

    def __init__(
        self,
        path: Path,
        container: OutputFormat,
        source: Path,
        *,
        name: Path,
        shift: Fraction,
        timescale: int,
    ) -> None:
        self._name = name
        self._shift = shift
        self._source: InputContainer = guarded_open(source)
        starts = [_start(stream) - shift for stream in self._source.streams]
        options = _flags(container, timescale, starts)
        self._out: OutputContainer = av.open(str(path), "w", format=container, container_options=options)
        self._tracks: dict[int, Track] = {}
        self._packets: Iterator[Packet[Stream]] = iter(())
        self._waiting: Packet[Stream] | None = None
        self._video: VideoStream | None = None
        self.warnings: list[str] = []

    def __enter__(self) -> Muxer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(FFmpegError, OSError, ValueError):  # after finish() nothing is left to fail
            self._out.close()
        self._source.close()

    def encoded_video(self, choice: EncoderChoice, picture: Picture, timeline: Timeline) -> VideoStream:
        """The picture's stream when all of it is encoded; encode with `stream.encode`."""
        stream = self._out.add_stream(
            choice.name, timeline.rate, hwaccel=choice.hardware, time_base=timeline.time_base
        )
        assert isinstance(stream, VideoStream)  # noqa: S101  # by the encoder's name
        choice.configure(stream.codec_context, picture, time_base=timeline.time_base, rate=timeline.rate)
        return self._begin(stream)

    def copied_video(self, extradata: bytes) -> VideoStream:
        """The picture's stream when parts of it are copied; `extradata` carries all parameter sets."""
        stream = self._out.add_stream_from_template(self._source_video, opaque=True)
        stream.codec_context.extradata = extradata
        return self._begin(stream)

    def write(self, packet: Packet[VideoStream] | Packet[Stream]) -> None:
        """Write a packet of the picture after everything that comes before it. Raises StorageError,
        RenderError.
        """
        assert self._video is not None  # noqa: S101  # one of the two above came first
        if packet.dts is not None:
            self._write_others(packet.dts * packet.time_base)
        packet.stream = self._video
        self._write(packet)

    def finish(self) -> None:
        """Write the rest of the other tracks and the file's index."""
        self._write_others(None)
        for track in self._tracks.values():
            for packet in track.flush():
                self._write(packet)
        try:
            self._out.close()
        except (FFmpegError, OSError) as error:
            raise writing_error(self._name, error) from error

    @property
    def _source_video(self) -> VideoStream:
        video = main_video(self._source)
        assert video is not None  # noqa: S101  # the caller probed it
        return video

    def _begin(self, video: VideoStream) -> VideoStream:
        """Add the other tracks and the descriptions."""
        source_video = self._source_video
        self._video = video
        video.metadata.update(_described(source_video.metadata))
        chapters = self._source.chapters()
        for stream in self._source.streams:
            if stream is source_video or _written_anew(stream, chapters):
                continue
            track, warning = add_track(self._out, stream)
            if warning:
                self.warnings.append(warning)
            if track:
                self._tracks[stream.index] = track
                track.output.metadata.update(_described(stream.metadata))
                track.output.disposition = stream.disposition
        self._out.metadata.update(_described(self._source.metadata))
        self._out.set_chapters([_moved(chapter, self._shift) for chapter in chapters])
        wanted = [self._source.streams[index] for index in self._tracks]
        if wanted:
            self._packets = self._source.demux(wanted)
            self._waiting = self._next()
        return video

    def _next(self) -> Packet[Stream] | None:
        try:
            for packet in self._packets:
                if (
                    packet.size
                    and packet.dts is None
                    and packet.stream.disposition & Disposition.attached_pic
                ):
                    packet.pts = packet.dts = round(
                        self._shift / packet.time_base
                    )  # a cover has no time of its own
                if packet.size and packet.dts is not None:
                    return packet
        except FFmpegError:
            self.warnings.append("the input breaks off; its other tracks end there")
        return None

    def _write_others(self, until: Fraction | None) -> None:
        """Packets of other tracks that are decoded up to `until` seconds; all when None."""
        while self._waiting is not None:
            packet = self._waiting
            assert packet.dts is not None  # noqa: S101  # _next() passes no other
            if until is not None and packet.dts * packet.time_base - self._shift > until:
                return
            track = self._tracks[packet.stream_index]
            if self._shift:
                ticks = round(self._shift / packet.time_base)
                packet.dts -= ticks
                packet.pts = None if packet.pts is None else packet.pts - ticks
            for written in track.feed(packet):
                self._write(written)
            self._waiting = self._next()

    def _write(self, packet: Packet[Stream] | Packet[VideoStream]) -> None:
        try:
            self._out.mux_one(packet)
        except (FFmpegError, OSError) as error:
            raise writing_error(self._name, error) from error


def _flags(container: OutputFormat, timescale: int, starts: list[Fraction]) -> dict[str, str]:
    """Index at the front; units of time in which no frame time and no start of a track is rounded."""
    if container == "webm":
        return {}
    return {
        "movflags": "+faststart",
        "video_track_timescale": str(timescale),
        "movie_timescale": str(movie_timescale(starts)),
    }


def movie_timescale(starts: list[Fraction]) -> int:
    """Ticks a second of the movie's clock, in which mp4 stores how late a track begins.

    FFmpeg's 1000 where that is exact, else the least number that is; 2^31 - 1 bounds the field.
    """
    exact = lcm(1000, *(start.denominator for start in starts if start > 0))
    return exact if exact < 1 << 31 else 90_000


def _start(stream: Stream) -> Fraction:
    return (stream.start_time or 0) * (stream.time_base or Fraction(0))


def _described(metadata: dict[str, str]) -> dict[str, str]:
    """Tags worth keeping; those of mkvmerge's statistics describe the old stream."""
    return {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _NOT_OURS
        and not key.startswith(("_STATISTICS", "BPS", "NUMBER_OF", "DURATION"))
    }


def _written_anew(stream: Stream, chapters: list[Chapter]) -> bool:
    """mp4 keeps chapter titles and the start timecode in tracks of their own, which the muxer makes
    itself.
    """
    if stream.type != "data":
        return False
    return bool(chapters and stream.name == "bin_data") or "timecode" in stream.metadata


def _moved(chapter: Chapter, shift: Fraction) -> Chapter:
    unit = chapter["time_base"] or Fraction(1)
    ticks = round(shift / unit)
    start, end = max(0, chapter["start"] - ticks), max(0, chapter["end"] - ticks)
    return {**chapter, "start": start, "end": end}
