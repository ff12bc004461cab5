"""Small videos of every kind, made by FFmpeg when a test asks for them."""

from __future__ import annotations

import atexit
import shutil
import subprocess
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import av

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=2")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2:sample_rate=44100")
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")

KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "plain": ("mp4", (*PICTURE, *SOUND, *X264, "-c:a", "aac")),
    "ntsc": ("mp4", ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30000/1001:duration=2", *X264)),
    "variable-rate": (
        "mp4",
        (
            *PICTURE,
            *SOUND,
            "-vf",
            "select='not(eq(mod(n,7),3))*not(between(n,20,33))'",
            "-vsync",
            "vfr",
            *X264,
        ),
    ),
    "matroska": ("mkv", (*PICTURE, *SOUND, *X264, "-c:a", "flac")),
    "broadcast": ("ts", (*PICTURE, *SOUND, *X264, "-c:a", "aac", "-output_ts_offset", "3600")),
    "odd-size": (
        "webm",
        (*PICTURE, "-vf", "scale=319:179,setsar=1", "-c:v", "libvpx-vp9", "-deadline", "realtime"),
    ),
    "oblong-pixels": ("mp4", (*PICTURE, "-vf", "setsar=4/3", *X264)),
    "tall-pixels": ("mp4", (*PICTURE, "-vf", "setsar=3/4", *X264)),
    "ten-bit": ("mp4", (*PICTURE, *X264[:4], "-pix_fmt", "yuv420p10le")),
    "full-chroma": ("mp4", (*PICTURE, *X264[:4], "-pix_fmt", "yuv444p")),
    "half-chroma": ("mp4", (*PICTURE, *X264[:4], "-pix_fmt", "yuv422p")),
    "full-range": ("mp4", (*PICTURE, "-vf", "scale=out_range=pc", *X264, "-color_range", "pc")),
    "rgb": ("mkv", (*PICTURE, "-c:v", "ffv1", "-pix_fmt", "gbrp")),
    "hevc": (
        "mp4",
        (*PICTURE, *SOUND, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=0"),
    ),
    "vp9": ("webm", (*PICTURE, *SOUND, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus")),
    "av1": ("mkv", (*PICTURE, "-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-t", "0.5")),
    "mpeg2": ("mpg", (*PICTURE, *SOUND, "-c:v", "mpeg2video", "-q:v", "4", "-c:a", "mp2")),
    "avi": ("avi", (*PICTURE, *SOUND, "-c:v", "mpeg4", "-q:v", "4", "-bf", "2", "-c:a", "mp3")),
    "silent": ("mp4", (*PICTURE, *X264)),
    "no-picture": ("m4a", (*SOUND, "-c:a", "aac")),
    "two-voices": (
        "mp4",
        (
            *(*PICTURE, *SOUND, "-f", "lavfi", "-i", "sine=frequency=880:duration=2:sample_rate=48000"),
            *("-map", "0", "-map", "1", "-map", "2", "-metadata:s:a:0", "language=eng"),
            *("-metadata:s:a:1", "language=kor", *X264, "-c:a:0", "aac", "-c:a:1", "ac3"),
        ),
    ),
    "short-groups": ("mp4", (*PICTURE, *SOUND, *X264, "-g", "15", "-c:a", "aac")),
}


HDR10 = (
    "log-level=0:hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:"
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
)
KINDS["hdr10"] = ("mp4", (*PICTURE, "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"))
KINDS["hdr10"] = ("mp4", (*KINDS["hdr10"][1], "-x265-params", HDR10, "-t", "0.5"))


def tags(matrix: str, primaries: str, transfer: str) -> tuple[str, ...]:
    return ("-colorspace", matrix, "-color_primaries", primaries, "-color_trc", transfer)


KINDS["bt601"] = ("mp4", (*PICTURE, *X264, *tags("smpte170m", "smpte170m", "smpte170m")))
KINDS["bt709"] = ("mp4", (*PICTURE, *X264, *tags("bt709", "bt709", "bt709")))
KINDS["bt2020"] = ("mp4", (*PICTURE, *KINDS["ten-bit"][1][4:], *tags("bt2020nc", "bt2020", "bt2020-10")))
KINDS["pq"] = ("mp4", (*PICTURE, *KINDS["ten-bit"][1][4:], *tags("bt2020nc", "bt2020", "smpte2084")))
KINDS["hlg"] = ("mp4", (*PICTURE, *KINDS["ten-bit"][1][4:], *tags("bt2020nc", "bt2020", "arib-std-b67")))


@cache
def late(seconds: float = 0.5) -> Path:
    """The plain clip with all its times moved: it starts late."""
    path = folder() / "late.mp4"
    ffmpeg("-itsoffset", str(seconds), "-i", str(clip("plain")), "-c", "copy", str(path))
    return path


@cache
def folder() -> Path:
    path = Path(mkdtemp(prefix="ecg-clips-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@cache
def clip(kind: str) -> Path:
    """The path of a clip of this kind; made once a session."""
    extension, arguments = KINDS[kind]
    path = folder() / f"{kind}.{extension}"
    ffmpeg(*arguments, str(path))
    return path


@cache
def turned(degrees: int, *, mirrored: bool = False) -> Path:
    """The plain clip with a display matrix, as a phone writes it."""
    path = folder() / f"turned-{degrees}-{mirrored}.mp4"
    with av.open(str(clip("plain"))) as source, av.open(str(path), "w") as out:
        stream = source.streams.video[0]
        copy = out.add_stream_from_template(stream)
        copy.set_display_rotation(degrees, hflip=mirrored)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    return path


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True)


def frame_times(path: Path) -> list[Fraction]:
    """Presentation times in seconds of all decoded frames, upright through FFmpeg's own eyes."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return [Fraction(frame.pts or 0) * (frame.time_base or 1) for frame in frames]


def packets(path: Path, kind: str, number: int = 0) -> list[tuple[Fraction, bytes]]:
    """Time and bytes of every packet of a stream."""
    with av.open(str(path)) as container:
        stream = container.streams.get({kind: number})[0]
        return [
            (Fraction(packet.pts or 0) * packet.time_base, bytes(packet))
            for packet in container.demux(stream)
            if packet.size
        ]


def gray(path: Path, *, filters: Iterable[str] = ()) -> list[bytes]:
    """Every picture as 8-bit luma as the `ffmpeg` program shows it (upright)."""
    chain = ",".join((*filters, "format=gray"))
    with av.open(str(path)) as container:
        size = container.streams.video[0]
        pixels = size.width * size.height
    done = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-i",
            str(path),
            "-vf",
            chain,
            "-vsync",
            "passthrough",
            "-f",
            "rawvideo",
            "-",
        ],
        check=True,
        capture_output=True,
    ).stdout
    return [done[start : start + pixels] for start in range(0, len(done), pixels)]
