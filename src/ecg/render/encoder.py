"""Which encoder writes the picture, and with which settings.

Software is the default: x264 for mp4 and mov, libvpx-vp9 for webm. A hardware encoder is used only on demand
and only after it has really encoded a frame here: drivers are listed on machines that have no such card.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from av.codec import Codec, CodecContext
from av.codec.codec import UnknownCodecError
from av.codec.context import Flags, ThreadType
from av.codec.hwaccel import HWAccel
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from ecg.errors import MissingDependency, RenderError
from ecg.media import ColourTags, Mastering
from ecg.render.options import PRESETS, OutputFormat, RenderOptions
from ecg.render.overlay import PlaneLayout
from ecg.render.picture import Picture

_CARDS = {"nvenc", "vaapi", "qsv", "videotoolbox"}


class GpuMemoryInsufficient(RenderError):
    """The card has no room for another encoder now; it may have some later."""

    code = "GPU_MEMORY_INSUFFICIENT"


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """An encoder and its settings, by libav's names."""

    name: str
    options: dict[str, str]
    pixel_format: str | None = None
    """What it takes; None takes the picture's own format."""
    device: str | None = None
    """libav's device type where frames must be uploaded."""

    @property
    def on_card(self) -> bool:
        return self.name.rpartition("_")[2] in _CARDS

    @property
    def hardware(self) -> HWAccel | None:
        """The device that frames are uploaded to, for encoders that want one."""
        return HWAccel(self.device, allow_software_fallback=False) if self.device else None

    def configure(
        self, encoder: VideoCodecContext, picture: Picture, *, time_base: Fraction, rate: Fraction
    ) -> None:
        """Set an encoder that is not open yet to this choice and picture."""
        encoder.width, encoder.height = picture.width, picture.height
        encoder.pix_fmt = self.pixel_format or picture.pixel_format
        encoder.time_base = time_base
        encoder.framerate = rate
        encoder.sample_aspect_ratio = picture.sample_aspect
        tag_colours(encoder, picture.colour)
        encoder.thread_type = (
            ThreadType.FRAME
        )  # PyAV's default makes x264 slice its pictures: slower and worse
        encoder.thread_count = 0
        encoder.options = dict(self.options)

    def open(self, picture: Picture, *, time_base: Fraction, rate: Fraction) -> VideoCodecContext:
        """An opened encoder that belongs to no file; its parameter sets are in `extradata`. Raises
        FFmpegError.
        """
        encoder = CodecContext.create(Codec(self.name, "w"), "w", hwaccel=self.hardware)
        assert isinstance(encoder, VideoCodecContext)  # noqa: S101  # by its name
        self.configure(encoder, picture, time_base=time_base, rate=rate)
        encoder.flags |= Flags.global_header
        encoder.open()
        return encoder


def tag_colours(encoder: VideoCodecContext, colour: ColourTags) -> None:
    """Say in the stream what its numbers mean, as the source did."""
    encoder.colorspace = colour.matrix
    encoder.color_primaries = colour.primaries
    encoder.color_trc = colour.transfer
    encoder.color_range = colour.range_tag


def software_encoder(
    container: OutputFormat, options: RenderOptions, mastering: Mastering | None = None
) -> EncoderChoice:
    """x264 or libvpx-vp9 with settings of like effort; `mastering` is said again in the stream."""
    crf = options.constant_rate_factor
    if container == "webm":
        quick = PRESETS.index(options.preset) <= PRESETS.index("fast")
        return EncoderChoice(
            "libvpx-vp9",
            {
                "crf": str(round(crf * 63 / 51)),
                "b": "0",
                "deadline": "realtime" if quick else "good",
                "cpu-used": "6" if quick else "2",
                "row-mt": "1",
                "threads": str(min(16, os.cpu_count() or 1)),
            },
        )
    settings = {"preset": options.preset, "crf": str(crf)}
    if mastering and mastering.x264_parameters():
        settings["x264-params"] = mastering.x264_parameters()
    return EncoderChoice("libx264", settings)


def hardware_encoder(container: OutputFormat, options: RenderOptions) -> EncoderChoice:
    """The first hardware encoder that proves to work on this machine.

    Raises MissingDependency that names each one tried and why it failed, and GpuMemoryInsufficient where one
    failed for lack of memory.
    """
    failures = []
    for choice in _hardware_choices(container, options.constant_rate_factor):
        reason = try_encoder(choice)
        if reason is None:
            return choice
        if _no_room(reason):
            raise _gpu_memory(choice, reason)
        failures.append(f"{choice.name}: {reason}")
    raise MissingDependency(
        f"no hardware encoder for {container} works on this machine ({'; '.join(failures)})",
        hint="install the graphics driver, or leave --gpu-mode out: x264 needs no card",
    )


@contextmanager
def encoder_trouble(choice: EncoderChoice) -> Iterator[None]:
    """What libav raises inside, as RenderError; as GpuMemoryInsufficient where the card's memory is full."""
    try:
        yield
    except FFmpegError as error:
        reason = _reason(error)
        if choice.on_card and (_no_room(reason) or error.errno == errno.ENOMEM):
            raise _gpu_memory(choice, reason) from error
        raise RenderError(f"{choice.name} failed: {reason}") from error


def _gpu_memory(choice: EncoderChoice, reason: str) -> GpuMemoryInsufficient:
    return GpuMemoryInsufficient(
        f"{choice.name} has no room on the graphics card: {reason}",
        hint="run fewer jobs at once (MAX_CONCURRENT_JOBS), or encode in software (--cpu-mode)",
    )


def _no_room(reason: str) -> bool:
    """NVENC and CUDA say "out of memory", the system "Cannot allocate memory"."""
    said = reason.lower()
    return "out of memory" in said or "cannot allocate memory" in said


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).strip() or type(error).__name__


def try_encoder(choice: EncoderChoice) -> str | None:
    """Encode one small grey picture for real; None when a packet came out, else why not."""
    picture = _probe_picture()
    try:
        encoder = choice.open(picture, time_base=Fraction(1, 30), rate=Fraction(30))
        frame = VideoFrame(picture.width, picture.height, choice.pixel_format or picture.pixel_format)
        for plane in frame.planes:
            plane.update(bytes([128]) * plane.buffer_size)
        frame.pts = 0
        frame.time_base = Fraction(1, 30)
        packets = [*encoder.encode(frame), *encoder.encode(None)]
    except UnknownCodecError:
        return "this FFmpeg was built without it"
    except (FFmpegError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        return _reason(error)
    return None if packets else "it gave no picture"


def _hardware_choices(container: OutputFormat, crf: int) -> Iterable[EncoderChoice]:
    quality = str(crf)
    if container == "webm":
        yield EncoderChoice("vp9_vaapi", {"global_quality": str(round(crf * 255 / 51))}, "nv12", "vaapi")
        yield EncoderChoice("vp9_qsv", {"global_quality": quality}, "nv12")
        return
    yield EncoderChoice("h264_nvenc", {"preset": "p4", "rc": "vbr", "cq": quality, "b": "0"}, "yuv420p")
    yield EncoderChoice("h264_vaapi", {"qp": quality}, "nv12", "vaapi")
    yield EncoderChoice("h264_qsv", {"global_quality": quality, "preset": "veryfast"}, "nv12")
    yield EncoderChoice("h264_videotoolbox", {"q": str(max(1, 100 - 2 * crf))}, "nv12")


def _probe_picture() -> Picture:
    return Picture(
        width=640,
        height=360,
        canvas=(640, 360),
        sample_aspect=Fraction(1),
        pixel_format="yuv420p",
        depth=8,
        layout=PlaneLayout(640, 360, 1, 1),
        colour=ColourTags(1, 1, 1, range_tag=1),
        filters=(),
    )
