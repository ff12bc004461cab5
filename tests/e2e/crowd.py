"""Twenty people at once, each with a video, an account and a browser that does not give up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.filming import READINGS, speaking_video
from tests.e2e.journey import Journey
from tests.e2e.persistent import Persistent

WORDS = ("Hippopotamus", "Crocodile", "Rhinoceros", "Flamingo")
"""What each writes in place of the first word, by video."""
PATIENCE_SECONDS = 900
POLL_SECONDS = 1.0


@dataclass
class Traveller:
    """One of the crowd, and what became of them."""

    number: int
    video: Path
    target: Path
    journey: Journey
    transport: Persistent
    seconds: dict[str, float] = field(default_factory=dict)
    error: str | None = None
    seen: dict[str, Any] = field(default_factory=dict)
    """What the server shows them at the end, by path."""

    def travel(self) -> None:
        try:
            self.journey.run(self.video, self.target)
            self.journey.at = "done"
        except Exception as error:  # whatever it was: it is to be shown
            self.error = f"in {self.journey.at!r}: {type(error).__name__}: {error}"
            self.journey.at = "failed"

    def look(self, paths: Sequence[str]) -> None:
        self.seen = {path: self.journey.get(path) for path in paths}


class Crowd:
    def __init__(self, url: str, folder: Path, count: int) -> None:
        videos = [
            speaking_video(folder / f"talk-{speech.stem[-4:]}.mp4", speech, size="640x360")
            for speech in READINGS
        ]
        self.travellers = [
            _traveller(url, number, videos[number % len(videos)], folder / f"captioned-{number:02}.mp4")
            for number in range(count)
        ]

    async def travel(self) -> None:
        """All at once, until each has arrived or failed."""
        with ThreadPoolExecutor(len(self.travellers)) as threads:
            loop = asyncio.get_running_loop()
            await asyncio.gather(*(loop.run_in_executor(threads, each.travel) for each in self.travellers))

    async def look(self, paths: Sequence[str]) -> None:
        for each in self.travellers:
            if each.error is None:
                await asyncio.to_thread(each.look, paths)

    def where(self) -> Counter[str]:
        """How many are in which step."""
        return Counter(each.journey.at for each in self.travellers)

    def close(self) -> None:
        for each in self.travellers:
            each.journey.close()


def _traveller(url: str, number: int, video: Path, target: Path) -> Traveller:
    seconds: dict[str, float] = {}
    transport = Persistent()
    journey = Journey(
        url,
        seconds.__setitem__,
        word=WORDS[number % len(READINGS)],
        transport=transport,
        poll_seconds=POLL_SECONDS,
        patience_seconds=PATIENCE_SECONDS,
    )
    return Traveller(number, video, target, journey, transport, seconds)
