"""`python -m tests.e2e [embedded] [services]`: the whole way of a video, and how long each step takes."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.e2e import places
from tests.e2e.filming import speaking_video
from tests.e2e.journey import Journey, first_word
from tests.e2e.viewing import ALIKE, caption_of, sound_of

PLACES = {"embedded": places.embedded, "services": places.services}


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
            journey.close()
        word = first_word(journey.after)
        at = (word["start"] + word["end"]) / 2
        edited = caption_of(video, journey.after, at, folder).difference(captioned)
        unedited = caption_of(video, journey.before, at, folder).difference(captioned)
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
