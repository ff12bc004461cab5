"""A look at a camera: a short sample of what it sends, and what that is.

The sample is taken as it comes, over one connection, and examined as a local file under the guards of all
media. The same examination tells of a live segment what the camera sends by now.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median, median_low

from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ecg.errors import MediaError
from ecg.live.cameras.schemas import AudioFacts, StreamFacts, VideoFacts
from ecg.live.cameras.source import Source
from ecg.live.recording.command import Wishes, sample_command
from ecg.live.recording.inputs import camera_input
from ecg.live.recording.plan import playable_audio, playable_video
from ecg.live.recording.reaching import reach
from ecg.live.recording.troubles import CameraNotUnderstood, CameraWithoutVideo, trouble_of
from ecg.media.guard import ffmpeg_program, guarded_open
from ecg.processes import start
from ecg.settings import Settings

SAMPLE_SECONDS = 2.5
"""Enough to see a second key frame of most cameras."""
PATIENCE_SECONDS = 12.0
"""Beyond the sample itself."""
STILL_WIDTH = 640


@dataclass(frozen=True, slots=True)
class Look:
    facts: StreamFacts
    still: bytes
    """JPEG."""


async def look(
    source: Source,
    settings: Settings,
    *,
    transport: str,
    proxy: str | None = None,
    seconds: float = SAMPLE_SECONDS,
) -> Look:
    """Connect to the camera and see what it sends.

    Raises CameraNotAllowed, and the errors of `troubles` for a camera that cannot be recorded.
    """
    place = await reach(source, settings)
    wishes = Wishes(transport, proxy, real_time=False)
    with (
        tempfile.TemporaryDirectory(prefix="ecg-look-") as folder,
        camera_input(source, place.url, wishes) as camera,
    ):
        sample = Path(folder) / "sample.mkv"
        command = sample_command(ffmpeg_program(), camera.arguments, seconds, sample)
        words = await _run(command, camera.descriptors, seconds)
        if not sample.exists() or sample.stat().st_size == 0:
            raise trouble_of(words, was_live=False)
        try:
            return await asyncio.to_thread(_examined, sample, source.scheme)
        except MediaError as error:
            if isinstance(error, CameraWithoutVideo | CameraNotUnderstood):
                raise
            raise trouble_of([*words, "Invalid data found"], was_live=False) from error


def facts_of(path: Path, protocol: str) -> StreamFacts:
    """What a local file of a camera holds; blocks. Raises MediaError."""
    return _read(path, protocol)[0]


def _examined(path: Path, protocol: str) -> Look:
    facts, still = _read(path, protocol, with_still=True)
    if still is None:
        raise CameraNotUnderstood("no picture of what the camera sends can be decoded")
    return Look(facts, still)


def _read(path: Path, protocol: str, *, with_still: bool = False) -> tuple[StreamFacts, bytes | None]:
    try:
        with guarded_open(path) as container:
            if not container.streams.video:
                raise CameraWithoutVideo("the camera's stream has no video")
            video = container.streams.video[0]
            audio = next(iter(container.streams.audio), None)
            sound = None
            if audio is not None and audio.codec_context is not None:
                codec = audio.codec_context.codec.canonical_name
                sound = AudioFacts(
                    codec=codec,
                    sample_rate=audio.rate,
                    channels=audio.channels,
                    browser_playable=playable_audio(codec),
                )
            seen = _pictures(container.demux(video), with_still)
            if video.codec_context is None or not video.width:
                raise CameraNotUnderstood("the camera sends a video codec that FFmpeg does not know")
            codec = video.codec_context.codec.canonical_name
            pixels = video.codec_context.pix_fmt or "unknown"
            reason = playable_video(codec, video.codec_context.profile, pixels)
            return (
                StreamFacts(
                    protocol=protocol,
                    video=VideoFacts(
                        codec=codec,
                        width=video.width,
                        height=video.height,
                        fps=seen.rate,
                        gop_seconds=seen.gop,
                        pixel_format=pixels,
                        browser_playable=reason is None,
                        reason=reason,
                    ),
                    audio=sound,
                ),
                seen.still,
            )
    except FFmpegError as error:
        raise MediaError(f"a sample of the camera is damaged: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class _Seen:
    rate: float | None
    gop: float | None
    still: bytes | None


def _pictures(packets: Iterable[Packet[VideoStream]], with_still: bool) -> _Seen:
    """Rate and GOP by the packets' times; the first picture that can be decoded."""
    times: list[float] = []
    keys: list[float] = []
    still: bytes | None = None
    for packet in packets:
        if packet.size == 0:
            continue
        if packet.pts is not None and packet.time_base is not None:
            times.append(float(packet.pts * packet.time_base))
            if packet.is_keyframe:
                keys.append(times[-1])
        if with_still and still is None:
            still = _still(packet)
    times.sort()
    steps = [after - before for before, after in pairwise(times) if after > before]
    gaps = [after - before for before, after in pairwise(keys) if after > before]
    rate = round(1 / median(steps), 3) if steps else None
    # the first group is often cut short or late: the camera was joined in the middle of it
    return _Seen(rate, round(median_low(gaps), 3) if gaps else None, still)


def _still(packet: Packet[VideoStream]) -> bytes | None:
    try:
        frames = packet.decode()
    except FFmpegError:
        return None  # pictures before the first key frame
    if not frames or not isinstance(frames[0], VideoFrame):
        return None
    return jpeg_of(frames[0])


def jpeg_of(frame: VideoFrame, *, width: int = STILL_WIDTH) -> bytes:
    """A picture as a JPEG of at most this width."""
    width = min(width, frame.width) // 2 * 2
    height = max(2, frame.height * width // frame.width // 2 * 2)
    small = frame.reformat(width=width, height=height, format="yuvj420p")
    encoder = VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": "3", "qmax": "6"}
    small.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])


async def _run(command: list[str], descriptors: tuple[int, ...], seconds: float) -> list[str]:
    """FFmpeg's last words; it is ended when it takes too long."""
    words: deque[str] = deque(maxlen=40)
    child = await start(
        command,
        grace_seconds=1,
        stderr=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
        pass_fds=descriptors,
    )
    stream = child.process.stderr
    assert stream is not None  # noqa: S101  # asked for above
    gone = asyncio.create_task(child.wait())  # whatever holds the pipe beside the child ends with it
    try:
        async with asyncio.timeout(seconds + PATIENCE_SECONDS):
            while line := await _line(stream):
                words.append(line)
            await gone
    except TimeoutError:
        words.append("timed out")
    finally:
        await child.end(0.5)
        await asyncio.gather(gone, return_exceptions=True)
    return list(words)


async def _line(stream: asyncio.StreamReader) -> str:
    """The next line, cut off where it is too long; empty at the end."""
    try:
        return (await stream.readline()).decode("utf-8", "replace")
    except ValueError:
        return "(a long line)\n"


ENVIRONMENT = {"TZ": "UTC", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
"""Of FFmpeg: nothing of ours, and the clock by which archives are cut."""
