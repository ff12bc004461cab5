"""Somebody who watches a camera all the time: every version of its playlist, every segment, by HTTP alone."""

from __future__ import annotations

import heapq
import threading
import time
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urljoin

import httpx2

from tests.live_faults.playlist_rules import PlaylistRules, Segment

LOOK_SECONDS = 0.25
_EARLY_SECONDS = 1.0
"""Segments are asked for so long before they may go."""


@dataclass
class Watched:
    """What one watcher has seen."""

    wrong: list[str] = field(default_factory=list)
    """What no player should meet."""
    refused: int = 0
    """Looks that were not answered with a playlist: a server was away."""
    longest_still_seconds: float = 0
    """How long no new segment came."""
    segments: int = 0
    kept_late: int = 0
    """Segments that were still there as long as the RFC asks after they had left the playlist."""


class Watcher:
    """A thread that looks at a playlist while it is entered. `new_url` tells where it is now."""

    def __init__(self, name: str, url: str, rules: PlaylistRules) -> None:
        self.name = name
        self.rules = rules
        self.seen = Watched()
        self._url = url
        self._client = httpx2.Client(timeout=10)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watcher-{name}")
        self._newest = time.monotonic()
        self._leaving: list[tuple[float, str]] = []
        self._longest_playlist = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._client.close()

    def end(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                answer = self._client.get(self._url)
            except httpx2.HTTPError:
                self.seen.refused += 1
                continue
            if answer.status_code != 200:
                self.seen.refused += 1
                continue
            self._look(answer)

    def _look(self, answer: httpx2.Response) -> None:
        before, last = set(self.rules.seen), self.rules.last
        self._say(*self.rules.look(answer.text))
        if "no-cache" not in answer.headers.get("cache-control", ""):
            self._say("the playlist may be cached")
        version = self.rules.last
        if version is None:
            return
        self._longest_playlist = max(self._longest_playlist, version.seconds)
        fresh = [segment for segment in version.segments if segment.sequence not in before]
        self._note_progress(bool(fresh))
        for segment in fresh:
            self._fetch(segment)
        if last is not None:
            self._note_gone([each for each in last.segments if each.sequence < version.sequence])
        self._ask_for_gone()

    def _note_progress(self, came: bool) -> None:
        now = time.monotonic()
        self.seen.longest_still_seconds = max(self.seen.longest_still_seconds, now - self._newest)
        if came:
            self._newest = now

    def _fetch(self, segment: Segment) -> None:
        self.seen.segments += 1
        for uri in filter(None, (segment.uri, segment.header)):
            try:
                answer = self._client.get(urljoin(self._url, uri))
            except httpx2.HTTPError:
                continue  # the server is being killed
            if answer.status_code != 200 or not answer.content:
                self._say(f"segment {segment.sequence} is named and answered {answer.status_code}")
            elif "immutable" not in answer.headers.get("cache-control", ""):
                self._say(f"segment {segment.sequence} does not say that it never changes")

    def _note_gone(self, gone: list[Segment]) -> None:
        now = time.monotonic()
        for segment in gone:
            until = now + segment.seconds + self._longest_playlist - _EARLY_SECONDS
            heapq.heappush(self._leaving, (until, segment.uri))

    def _ask_for_gone(self) -> None:
        """Section 6.2.2: a removed segment stays for its duration and that of the longest playlist."""
        while self._leaving and self._leaving[0][0] <= time.monotonic():
            _, uri = heapq.heappop(self._leaving)
            try:
                answer = self._client.get(urljoin(self._url, uri))
            except httpx2.HTTPError:
                continue
            if answer.status_code == 200:
                self.seen.kept_late += 1
            else:
                self._say(f"{uri.partition('?')[0]} was gone too early: {answer.status_code}")

    def _say(self, *wrong: str) -> None:
        self.seen.wrong += [f"{self.name}: {each}" for each in wrong]
