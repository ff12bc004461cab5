"""Videos in which somebody reads before a quiet picture."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.speech.recordings import READER

READINGS = [READER / f"sense_and_sensibility_01_austen_64kb-0{number}.wav" for number in (930, 880, 890, 920)]
"""Some seconds each, the shortest first."""


def speaking_video(path: Path, speech: Path = READINGS[0], *, size: str = "1280x720") -> Path:
    """A video as long as the speech."""
    picture = ("-f", "lavfi", "-i", f"color=c=0x203040:s={size}:r=30")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(speech), *picture]
    command += ["-map", "1:v", "-map", "0:a", "-shortest", "-c:v", "libx264", "-preset", "veryfast"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)], check=True)
    return path
