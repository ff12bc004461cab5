"""The video that the render benchmarks work on, made once and kept in `out/bench/`.

A slow pan over a detailed picture with film grain: about what a camera sees, and as hard for x264 as ordinary
footage (some 3.5 Mbit/s at 720p, veryfast, crf 20). Ten seconds are made and repeated, with a keyframe every
second, as phones write, or every two, as web video has.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

OUT = Path(__file__).parent.parent / "out" / "bench"
FPS = 30
SECONDS = 60


def clip(height: int, *, keyframe_seconds: int = 1) -> Path:
    """The clip at 16:9 with `height` lines; built when it is not there."""
    path = OUT / f"clip-{height}p-{keyframe_seconds}s.mp4"
    if path.exists():
        return path
    OUT.mkdir(parents=True, exist_ok=True)
    width = height * 16 // 9
    picture = (
        f"mandelbrot=s={2 * width}x{2 * height}:r=1:start_scale=0.02,trim=end_frame=1,loop=-1:1:0,fps={FPS},"
        f"scroll=h=0.0007:v=0.0003,crop={width}:{height},noise=alls=5:allf=t"
    )
    colours = [
        "-colorspace",
        "bt709",
        "-color_primaries",
        "bt709",
        "-color_trc",
        "bt709",
        "-color_range",
        "tv",
    ]
    ten, part = OUT / f"ten-{height}p.mp4", OUT / f"part-{height}p.mp4"
    _ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=330:r=48000", "-t", "10"),
        *(
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-crf",
            "18",
            "-g",
            str(keyframe_seconds * FPS),
            "-pix_fmt",
            "yuv420p",
        ),
        *(*colours, "-c:a", "aac", str(ten)),
    )
    _ffmpeg("-stream_loop", str(SECONDS // 10), "-i", str(ten), "-c", "copy", "-t", str(SECONDS), str(part))
    ten.unlink()
    part.rename(path)
    return path


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True)
