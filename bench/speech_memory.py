"""How much memory a job of listening takes, by the length of its sound; ends with 1 beyond the limit.

    python bench/speech_memory.py [MINUTES] [--without-words]

Recorded speech is repeated to a file of that length (30 minutes by default) and listened to as a job does,
in pieces. With `--without-words` the recogniser's processes load their model and hear only the first piece's
first minute: everything else, voice activity, voiceprints, pitch and speakers, is done in full, in minutes
instead of an hour.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.speech.talk import write_talk

from ecg.media.audio import Sound, extract_audio
from ecg.memory_meter import MemoryMeter
from ecg.speech.activity import Region
from ecg.speech.engines import Heard
from ecg.speech.engines.base import Progress
from ecg.speech.engines.sphinx import SphinxEngine
from ecg.speech.pipeline import Analysis, Wishes
from ecg.speech.stages import Stages

LIMIT_MB = 1500.0
_HEARD_SECONDS = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=30)
    parser.add_argument("--without-words", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        talk = write_talk(Path(folder) / "talk.wav", asked.minutes * 60)
        if asked.without_words:
            SphinxEngine.transcribe = _first_minute_only  # type: ignore[method-assign]
        began = time.monotonic()
        with MemoryMeter() as memory:
            analysis = Analysis(Wishes(language="en", engine="pocketsphinx"), Stages(None))
            sound = extract_audio(talk, spool=Path(folder) / "sound.pcm")
            result = analysis.listen(sound, analysis.choose())
    facts = result.metadata
    words = sum(len(part.words) for part in result.segments)
    print(
        f"{asked.minutes:g} min in {facts.pieces} pieces: {words} words, {facts.unique_speakers} speakers, "
        f"{time.monotonic() - began:.0f} s, peak {memory.peak_mb:.0f} MB of {LIMIT_MB:.0f} ({memory.trend})"
    )
    print({name: round(seconds) for name, seconds in facts.stage_seconds.items()})
    return int(memory.peak_mb > LIMIT_MB)


_transcribe = SphinxEngine.transcribe
_heard = 0.0


def _first_minute_only(
    self: SphinxEngine, sound: Sound, regions: Sequence[Region], *, language: str, progress: Progress
) -> Heard:
    global _heard  # noqa: PLW0603
    few: list[Region] = []
    for region in regions:
        if _heard < _HEARD_SECONDS:
            _heard += region.seconds
            few.append(region)
    return _transcribe(self, sound, few, language=language, progress=progress)


if __name__ == "__main__":
    raise SystemExit(main())
