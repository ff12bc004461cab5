"""The clips that cameras send: encoded once, with a number on every frame that a program can read."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tests.services.rtsp_camera.frame_number import BITS, block_side

_X264 = "aud=1:scenecut=0:sliced-threads=0"
_X265 = "aud=1:scenecut=0:repeat-headers=1:log-level=error"
_ENCODERS = {
    "h264": ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-x264-params", _X264],
    "hevc": ["-c:v", "libx265", "-preset", "ultrafast", "-tune", "zerolatency", "-x265-params", _X265],
}


@dataclass(frozen=True, kw_only=True)
class ClipKind:
    """What a camera sends. The clip repeats after `seconds`, a whole number of frames and of GOPs."""

    width: int = 640
    height: int = 360
    rate: Fraction = Fraction(25)
    gop_seconds: float = 1.0
    seconds: int = 20
    codec: str = "h264"
    bit_rate: str = "600k"
    sound: bool = False

    @property
    def frames(self) -> int:
        """Of the whole clip; frame numbers are below this."""
        return int(self.rate * self.seconds)

    @property
    def name(self) -> str:
        return f"{self.codec}-{self.width}x{self.height}-{self.seconds}s-{self.gop_seconds:g}gop"


@dataclass(frozen=True)
class Clip:
    """A clip on disk."""

    kind: ClipKind
    video: Path
    sound: Path | None


def make_clip(kind: ClipKind, folder: Path) -> Clip:
    """Encode the clip into a folder, or take what an earlier call has put there."""
    assert kind.frames < 2**BITS, "the frames' numbers do not fit into their marks"
    video = folder / f"{kind.name}.{kind.codec}"
    sound = folder / f"{kind.name}.aac" if kind.sound else None
    if not video.exists():
        _encode([*_picture(kind), *_video_options(kind)], video, kind.codec)
    if sound and not sound.exists():
        tone = f"sine=frequency=330:beep_factor=4:sample_rate=48000:duration={kind.seconds}"
        _encode(["-f", "lavfi", "-i", tone, "-c:a", "aac", "-b:a", "64k"], sound, "adts")
    return Clip(kind, video, sound)


def _picture(kind: ClipKind) -> list[str]:
    source = f"testsrc2=size={kind.width}x{kind.height}:rate={kind.rate}:duration={kind.seconds}"
    return ["-f", "lavfi", "-i", f"{source},noise=alls=6:allf=t,{_number_filters(kind)},format=yuv420p"]


def _number_filters(kind: ClipKind) -> str:
    """Each bit of the frame's number as a white or black block, its opposite below."""
    side = block_side(kind.height)
    boxes = [f"drawbox=x=0:y=0:w={side * BITS}:h={side}:color=black:t=fill"]
    boxes.append(f"drawbox=x=0:y={side}:w={side * BITS}:h={side}:color=white:t=fill")
    for bit in range(BITS):
        box = f"x={bit * side}:w={side}:h={side}:t=fill:enable='gt(bitand(n,{1 << bit}),0)'"
        boxes += [f"drawbox=y=0:color=white:{box}", f"drawbox=y={side}:color=black:{box}"]
    return ",".join(boxes)


def _video_options(kind: ClipKind) -> list[str]:
    gop = round(float(kind.rate) * kind.gop_seconds)
    rates = ["-b:v", kind.bit_rate, "-maxrate", kind.bit_rate, "-bufsize", kind.bit_rate]
    return [*_ENCODERS[kind.codec], "-g", str(gop), "-keyint_min", str(gop), "-bf", "0", *rates]


def _encode(arguments: list[str], output: Path, container: str) -> None:
    part = output.with_suffix(".part")
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments, "-f", container, str(part)]
    subprocess.run(command, check=True)
    part.rename(output)
