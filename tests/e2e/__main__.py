"""`python -m tests.e2e [embedded] [services]`: the whole way of a video, and how long each step takes."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from tests.e2e import places
from tests.e2e.journey import Journey, first_word
from tests.e2e.viewing import shows, sound_of
from tests.speech.recordings import READER

SPEECH = READER / "sense_and_sensibility_01_austen_64kb-0930.wav"
PLACES = {"embedded": places.embedded, "services": places.services}
ALIKE = 12.0
"""Levels of 255: what an encoder does to a caption."""


def speaking_video(path: Path) -> Path:
    """Somebody reads before a quiet picture."""
    picture = ("-f", "lavfi", "-i", "color=c=0x203040:s=1280x720:r=30")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(SPEECH), *picture]
    command += ["-map", "1:v", "-map", "0:a", "-shortest", "-c:v", "libx264", "-preset", "veryfast"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)], check=True)
    return path


def run(name: str) -> None:
    def tell(step: str, seconds: float) -> None:
        print(f"  {step:<12} {seconds:7.2f} s", flush=True)

    print(name, flush=True)
    with tempfile.TemporaryDirectory(prefix="ecg-e2e-") as place:
        folder = Path(place)
        video, captioned = speaking_video(folder / "talk.mp4"), folder / "captioned.mp4"
        with PLACES[name](folder) as url:
            journey = Journey(url, tell)
            journey.run(video, captioned)
        word = first_word(journey.after)
        at = (word["start"] + word["end"]) / 2
        edited = shows(captioned, video, journey.after, at, folder)
        unedited = shows(captioned, video, journey.before, at, folder)
        print(f"  the edited text: {edited:.1f} levels off; the text before: {unedited:.1f}", flush=True)
        assert edited < ALIKE < unedited, "the video does not show the edited text"
        assert sound_of(captioned) == sound_of(video), "the sound was changed"
        print("  the sound is the same, packet by packet", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("places", nargs="*", choices=[*PLACES, []], help="by default all")
    for name in parser.parse_args().places or PLACES:
        run(name)


if __name__ == "__main__":
    main()
