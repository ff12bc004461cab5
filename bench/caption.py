"""The whole way, `ecg caption`, on 60 s of recorded speech at 720p: times real time, and where it goes.

    python bench/caption.py

The picture is that of the render benchmark, the sound Debian's recordings of a reader and of Asterisk's
prompts, taking turns. Exits 1 below 1.5 times real time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from itertools import chain, islice, zip_longest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from clip import OUT, SECONDS, clip

READER = Path("/usr/share/pocketsphinx/test/data/librivox")
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
BAR = 1.5


def talk() -> Path:
    """The clip with speech for sound; built when it is not there."""
    path = OUT / "talk-720p.mp4"
    if path.exists():
        return path
    picture = clip(720)
    reader = sorted(READER.glob("*.wav"))
    prompts = [PROMPTS / f"{name}.wav" for name in ("demo-congrats", "demo-instruct", "demo-thanks")]
    turns = [turn for turn in islice(chain.from_iterable(zip_longest(reader, prompts)), 40) if turn]
    if missing := [str(turn) for turn in turns if not turn.is_file()]:
        raise SystemExit(
            f"{missing[0]} is not there: apt-get install pocketsphinx-testdata asterisk-core-sounds-en-wav"
        )
    inputs = [part for turn in turns for part in ("-i", str(turn))]
    sounds = [
        f"[{i + 1}:a]aresample=48000,aformat=channel_layouts=mono,apad=pad_dur=0.4[s{i}]"
        for i in range(len(turns))
    ]
    joined = "".join(f"[s{i}]" for i in range(len(turns)))
    graph = ";".join([*sounds, f"{joined}concat=n={len(turns)}:v=0:a=1,aloop=-1:{48000 * 120}[a]"])
    subprocess.run(
        [
            *(
                "ffmpeg",
                "-v",
                "error",
                "-nostdin",
                "-y",
                "-i",
                str(picture),
                *inputs,
                "-filter_complex",
                graph,
            ),
            *("-map", "0:v", "-map", "[a]", "-c:v", "copy", "-c:a", "aac", "-t", str(SECONDS), str(path)),
        ],
        check=True,
    )
    return path


def main() -> int:
    video = talk()
    with tempfile.TemporaryDirectory(prefix="ecg-bench-") as folder:
        began = time.perf_counter()
        told = subprocess.run(
            [Path(sys.executable).with_name("ecg"), "caption", video, "-o", Path(folder) / "captioned.mp4"],
            check=True,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - began
    print(told.stdout.strip())
    speed = SECONDS / seconds
    print(f"ecg caption: {SECONDS} s in {seconds:.1f} s, {speed:.2f} times real time (bar {BAR})")
    return 0 if speed >= BAR else 1


if __name__ == "__main__":
    raise SystemExit(main())
