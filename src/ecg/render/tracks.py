"""Tracks beside the picture: taken over as they are, converted where the container cannot hold them, or left
out.

Every track that does not arrive bit for bit is reported in a sentence; nothing disappears silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.subtitles.stream import SubtitleStream

_SOUND = {"webm": "libopus", "mp4": "aac", "mov": "aac"}
_TEXT = {"webm": "webvtt", "mp4": "mov_text", "mov": "mov_text"}
_SOUND_BITS_PER_CHANNEL = 96_000


class Track(Protocol):
    """One stream of the source on its way into the output."""

    output: Stream

    def feed(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """What one packet of the source becomes."""
        ...

    def flush(self) -> Iterator[Packet[Stream]]:
        """What is left at the end."""
        ...


class CopiedTrack:
    """The same packets with the same times."""

    def __init__(self, output: Stream) -> None:
        self.output = output

    def feed(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        packet.stream = self.output
        yield packet

    def flush(self) -> Iterator[Packet[Stream]]:
        yield from ()


class ConvertedSound:
    """Sound decoded and encoded again, for containers that do not know its format."""

    def __init__(self, output: AudioStream) -> None:
        self.output: Stream = output
        self._encoder: AudioCodecContext = output.codec_context
        self._resampler = AudioResampler(
            format=self._encoder.format,
            layout=self._encoder.layout,
            rate=self._encoder.sample_rate,
            frame_size=960 if self._encoder.name == "libopus" else 1024,
        )

    def feed(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        try:
            frames = packet.decode()
        except FFmpegError:
            frames = []  # a damaged packet costs its own few milliseconds of sound
        for frame in frames:
            for ready in self._resampler.resample(frame):  # type: ignore[arg-type]
                yield from self._packets(self._encoder.encode(ready))

    def flush(self) -> Iterator[Packet[Stream]]:
        for ready in self._resampler.resample(None):
            yield from self._packets(self._encoder.encode(ready))
        yield from self._packets(self._encoder.encode(None))

    def _packets(self, packets: list[Packet[AudioStream]]) -> Iterator[Packet[Stream]]:
        for packet in packets:
            packet.stream = self.output  # type: ignore[assignment]
            yield packet  # type: ignore[misc]


class ConvertedText:
    """Text subtitles in the container's own form; words and times stay, styling is what that form can
    carry.
    """

    def __init__(self, output: SubtitleStream, source: SubtitleStream) -> None:
        self.output: Stream = output
        self._source = source
        self._encoder = output.codec_context

    def feed(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        subtitle = self._source.codec_context.decode2(packet)
        if subtitle is None or not len(subtitle):
            return
        encoded = self._encoder.encode_subtitle(subtitle)
        encoded.pts = encoded.dts = packet.pts
        encoded.duration = packet.duration
        encoded.time_base = packet.time_base
        encoded.stream = self.output
        yield encoded

    def flush(self) -> Iterator[Packet[Stream]]:
        yield from ()


def add_track(out: OutputContainer, stream: Stream) -> tuple[Track | None, str | None]:
    """Add a stream of the source to the output; the track to feed, if any, and what to tell the user, if
    anything.
    """
    name = _name(stream)
    if stream.type == "attachment" or stream.codec_context is None:
        return None, f"{name} was left out: {out.format.name} cannot hold it"
    if stream.type == "video" and not stream.disposition & Disposition.attached_pic:
        return None, f"{name} was left out: captions are drawn into one video stream"
    try:
        return CopiedTrack(out.add_stream_from_template(stream, opaque=True)), None
    except (ValueError, FFmpegError):
        pass
    if isinstance(stream, AudioStream):
        return _convert_sound(out, stream, name)
    if isinstance(stream, SubtitleStream):
        return _convert_text(out, stream, name)
    return None, f"{name} was left out: {out.format.name} cannot hold it"


def _convert_sound(out: OutputContainer, stream: AudioStream, name: str) -> tuple[Track, str]:
    codec = _SOUND[out.format.name]
    rate = 48_000 if codec == "libopus" else stream.codec_context.sample_rate
    output = out.add_stream(codec, rate)
    assert isinstance(output, AudioStream)  # noqa: S101  # by the encoder's name
    channels = stream.codec_context.channels
    output.codec_context.layout = stream.codec_context.layout if channels <= 2 else "stereo"
    output.codec_context.bit_rate = _SOUND_BITS_PER_CHANNEL * min(2, channels)
    return ConvertedSound(
        output
    ), f"{name} was converted to {codec.removeprefix('lib')}: {out.format.name} cannot hold it"


def _convert_text(out: OutputContainer, stream: SubtitleStream, name: str) -> tuple[Track | None, str]:
    codec = _TEXT[out.format.name]
    stream.codec_context.open(strict=False)  # the decoder writes the header (ASS styles) when it opens
    header = stream.codec_context.subtitle_header
    if header is None:
        return None, f"{name} was left out: {out.format.name} cannot hold subtitles made of pictures"
    output = out.add_stream(codec)
    assert isinstance(output, SubtitleStream)  # noqa: S101  # by the encoder's name
    output.codec_context.subtitle_header = header
    output.codec_context.time_base = stream.time_base or Fraction(1, 1000)
    return ConvertedText(
        output, stream
    ), f"{name} was converted to {codec}: {out.format.name} cannot hold it as it is"


def _name(stream: Stream) -> str:
    codec = stream.codec_context.codec.canonical_name if stream.codec_context is not None else "unknown"
    kind = "cover picture" if stream.disposition & Disposition.attached_pic else stream.type
    language = f", {stream.language}" if stream.language not in (None, "", "und") else ""
    return f"{kind} track {stream.index} ({codec}{language})"
