"""From the stored picture to the picture that is written: turned upright, scaled, padded to even sides.

4:2:0 video needs even sides (x264 refuses odd ones). An odd side gets one more line that repeats the last
one, so nothing of the picture is lost. Chroma format and bit depth are kept where the encoder can (4:2:0,
4:2:2, 4:4:4 at 8 or 10 bits); deeper samples become 10 bits, and anything that is no planar Y'CbCr becomes
4:2:0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from ecg.media import ColourTags, VideoTrack
from ecg.render.overlay import PlaneLayout

_PLANAR = {  # (halve across, halve down) -> (8 bits, 10 bits)
    (1, 1): ("yuv420p", "yuv420p10le"),
    (1, 0): ("yuv422p", "yuv422p10le"),
    (0, 0): ("yuv444p", "yuv444p10le"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """What is written. Sizes are even numbers of pixels."""

    width: int
    height: int
    canvas: tuple[int, int]
    """Width and height with square pixels: the size at which captions are painted."""
    sample_aspect: Fraction
    pixel_format: str
    depth: int
    layout: PlaneLayout
    colour: ColourTags
    filters: tuple[str, ...]
    """FFmpeg filters from the decoded picture to this one; empty when it is the decoded one."""


def plan_picture(
    video: VideoTrack, *, width: int | None = None, height: int | None = None, chroma_420_8bit: bool = False
) -> Picture:
    """Decide the output picture. `chroma_420_8bit` is for encoders that take nothing else."""
    pixel_format, depth, halves = _pixel_format(video.pixel_format, simple=chroma_420_8bit)
    upright = (video.height, video.width) if video.orientation.swaps_sides else (video.width, video.height)
    filters = list(video.orientation.filters())
    aspect = 1 / video.sample_aspect if video.orientation.swaps_sides else video.sample_aspect
    if width or height:
        size = _fit(video.display_size, width, height)
        filters += _scale_filters(video.display_size, size)
        aspect = Fraction(1)
    else:
        size = upright
    even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
    if even != size:
        filters.append(f"pad={even[0]}:{even[1]}:0:0")
        filters.append(f"fillborders=right={even[0] - size[0]}:bottom={even[1] - size[1]}:mode=smear")
    colour = video.colour
    if pixel_format != video.pixel_format:
        colour, scaling = _into_planar(video, size)
        filters = [scaling, *filters]
        filters.insert(1, f"format={pixel_format}")
    canvas = even if aspect == 1 else _square(even, aspect)
    layout = PlaneLayout(*even, *halves)
    return Picture(*even, canvas, aspect, pixel_format, depth, layout, colour, tuple(filters))


def _pixel_format(name: str, *, simple: bool) -> tuple[str, int, tuple[int, int]]:
    """The format to write for a decoded one, its depth, and how often chroma is halved across and down."""
    decoded = VideoFormat(name)
    depth = 8 if simple or decoded.components[0].bits == 8 else 10
    if name.startswith("yuvj") and not simple:
        halves = {"yuvj420p": (1, 1), "yuvj422p": (1, 0), "yuvj444p": (0, 0)}.get(name)
        if halves:
            return name, 8, halves
    halves = (1, 1)
    if not simple and not decoded.is_rgb and len(decoded.components) >= 3:
        across = _log2(64 // decoded.chroma_width(64))
        down = _log2(64 // decoded.chroma_height(64))
        halves = (across, down) if (across, down) in _PLANAR else (1, 1)
    return _PLANAR[halves][depth > 8], depth, halves


def _log2(ratio: int) -> int:
    return ratio.bit_length() - 1


def _into_planar(video: VideoTrack, size: tuple[int, int]) -> tuple[ColourTags, str]:
    """The tags after conversion, and the filter for it. RGB becomes BT.709 or BT.601 by its size, limited
    range.
    """
    if not VideoFormat(video.pixel_format).is_rgb:
        return video.colour, "scale=flags=bicubic+accurate_rnd+full_chroma_int"
    matrix, name = (1, "bt709") if size[0] >= 1280 or size[1] > 576 else (6, "smpte170m")
    tags = replace(video.colour, matrix=matrix, full_range=False, range_tag=1)
    return tags, f"scale=flags=bicubic+accurate_rnd+full_chroma_int:out_color_matrix={name}:out_range=tv"


def _fit(display: tuple[int, int], width: int | None, height: int | None) -> tuple[int, int]:
    """The even output size for a wanted width, height or both."""
    if width and height:
        return width + width % 2, height + height % 2
    if width:
        return width + width % 2, max(2, 2 * round(width * display[1] / display[0] / 2))
    assert height  # noqa: S101  # one of the two was given
    return max(2, 2 * round(height * display[0] / display[1] / 2)), height + height % 2


def _scale_filters(display: tuple[int, int], size: tuple[int, int]) -> Iterator[str]:
    """Scale into `size` without distortion; what is left over is black."""
    factor = min(Fraction(size[0], display[0]), Fraction(size[1], display[1]))
    inner = tuple(
        min(limit, max(2, 2 * round(side * factor / 2))) for side, limit in zip(display, size, strict=True)
    )
    yield f"scale={inner[0]}:{inner[1]}:flags=bicubic+accurate_rnd"
    yield "setsar=1"
    if inner != size:
        x, y = ((size[0] - inner[0]) // 4 * 2, (size[1] - inner[1]) // 4 * 2)
        yield f"pad={size[0]}:{size[1]}:{x}:{y}:black"


def _square(size: tuple[int, int], aspect: Fraction) -> tuple[int, int]:
    """The even size with square pixels that shows the same picture; the shorter-sampled axis grows."""
    width, height = size
    if aspect > 1:
        return 2 * round(width * aspect / 2), height
    return width, 2 * round(height / aspect / 2)


class PictureFilter:
    """Runs decoded frames through the filters of a Picture; frame times pass unchanged."""

    def __init__(self, picture: Picture) -> None:
        self._filters = picture.filters
        self._graph: Graph | None = None
        self._input: tuple[int, int, str] | None = None

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        if not self._filters:
            return frame
        shape = (frame.width, frame.height, frame.format.name)
        if self._graph is None or shape != self._input:  # a stream may change its size on the way
            self._graph, self._input = self._build(frame), shape
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _build(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        nodes = [
            graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
            )
        ]
        for text in self._filters:
            name, _, arguments = text.partition("=")
            nodes.append(graph.add(name, arguments or None))
        nodes.append(graph.add("buffersink"))
        graph.link_nodes(*nodes).configure()
        return graph
