"""How well and how fast the engine `local` sees, as tables; ends with 1 when a bar is missed.

    python bench/vision.py [--short]

Precision and recall on made clips of known truth (tests/live/analysis/clips.py) and on Debian's recorded
pedestrians (`opencv-doc`), where the people of eight pictures were marked by hand; the speed as a ratio to
real time, on one core, for 720p.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.live.analysis.clips import MADE, PASSING, Clip, Stretch, write_clip

from ecg.live.analysis.result import Finding
from ecg.live.analysis.vision.footage import Footage
from ecg.live.analysis.vision.people import WIDTH, PeopleDetector
from ecg.live.analysis.vision.survey import Survey, survey
from ecg.process_memory import tree_pss_mb

RECORDED = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
RECORDED_RATE = 10.0
MARKED: dict[int, tuple[tuple[int, int], ...]] = {
    50: ((387, 220), (420, 222), (447, 212), (524, 261), (568, 258), (692, 314)),
    150: ((79, 109), (403, 237), (446, 236), (458, 218), (606, 272), (646, 137), (668, 139), (720, 143)),
    250: ((51, 210), (208, 189), (403, 277), (560, 227), (619, 305), (646, 152), (668, 155)),
    350: ((393, 208), (399, 271), (492, 231), (683, 271), (710, 271)),
    450: ((324, 246), (501, 221), (578, 288)),
    550: ((139, 200), (423, 187), (613, 204), (656, 357), (197, 439), (262, 439)),
    650: ((151, 184), (230, 189), (334, 193), (484, 268), (655, 237), (356, 440)),
    750: ((197, 242), (256, 259), (385, 219), (410, 256), (522, 214), (657, 267), (672, 145)),
}
"""Frame to the middles of all people in it, those who are half hidden or far away among them; marked by eye,
in pixels of 768 × 576, good to some ten pixels."""
NEAR = 30
"""Pixels between the middle of a find and a mark across; down, the mark has to lie within the find."""

INCIDENT_PRECISION, INCIDENT_RECALL = 0.95, 0.95
COUNT_BAR = 0.85
"""Share of looks in the made clips at which the count is exactly right."""
PEOPLE_PRECISION, PEOPLE_RECALL = 0.90, 0.40
RATIO_BAR = 3.0
"""Seconds of video for a second of one core's time."""


@dataclass
class Score:
    """Found, missed, and found where nothing is."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

    def add(self, other: Score) -> None:
        self.right += other.right
        self.missed += other.missed
        self.wrong += other.wrong

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


@dataclass
class Results:
    incidents: Score = field(default_factory=Score)
    looks: int = 0
    looks_right: int = 0
    people: Score = field(default_factory=Score)
    false_alarms: int = 0
    ratio: float = 0.0


def overlap(one: Stretch, other: Stretch) -> float:
    """Intersection over union."""
    both = min(one[1], other[1]) - max(one[0], other[0])
    return max(0.0, both) / (max(one[1], other[1]) - min(one[0], other[0]))


def score(truth: dict[str, list[Stretch]], found: Sequence[Finding]) -> Score:
    """A finding is right when it lies on a true stretch of its category; of a fall the moment counts alone,
    for how long somebody lies says nothing."""
    left = [(category, span) for category, spans in truth.items() for span in spans]
    result = Score(missed=len(left))
    for one in found:
        least = 0.05 if one.category == "fall" else 0.5
        hit = next(
            (
                each
                for each in left
                if each[0] == one.category.value and overlap(each[1], (one.start, one.end)) >= least
            ),
            None,
        )
        if hit is None:
            result.wrong += 1
        else:
            left.remove(hit)
            result.right += 1
            result.missed -= 1
    return result


def counts(clip: Clip, seen: Survey) -> tuple[int, int]:
    """Looks for people, and at how many of them the count was right; the camera's troubles are left out."""
    blind = [span for name, spans in clip.incidents.items() if name.startswith("camera") for span in spans]
    fair = [
        (at, count)
        for at, count in seen.people
        if not any(begin - 1 <= at <= end + 1 for begin, end in blind)
    ]
    return len(fair), sum(count == clip.people_at(at) for at, count in fair)


def made_clips(console: Console, folder: Path, clips: Sequence[Clip], results: Results) -> None:
    table = Table("clip", "truth", "found", "", "people right", "× real time", title="Made clips")
    for clip in clips:
        path = write_clip(clip, folder / "clip.mp4")
        began = time.process_time()
        seen = survey(Footage(path), people=True)
        took = time.process_time() - began
        verdict = score(clip.incidents, seen.findings)
        results.incidents.add(verdict)
        looks, right = counts(clip, seen)
        results.looks += looks
        results.looks_right += right
        truth = ", ".join(f"{name} {a:g}–{b:g}" for name, spans in clip.incidents.items() for a, b in spans)
        found = ", ".join(f"{one.category.value} {one.start:.1f}–{one.end:.1f}" for one in seen.findings)
        mark = "" if not verdict.missed + verdict.wrong else f"{verdict.missed} missed, {verdict.wrong} wrong"
        table.add_row(clip.name, truth, found, mark, f"{right}/{looks}", f"{clip.seconds / took:.0f}")
    console.print(table)


def recorded(console: Console, results: Results) -> None:
    """Real people: those of marked pictures, and whether anything is taken for an incident."""
    if not RECORDED.exists():
        console.print(f"{RECORDED} is not there: apt-get install opencv-doc")
        raise SystemExit(2)
    detector = PeopleDetector()
    table = Table(
        "frame", "people", "found", "right", "missed", "wrong", title="Recorded pedestrians (vtest.avi)"
    )
    stills = Footage(RECORDED).stills([number / RECORDED_RATE for number in MARKED], WIDTH)
    for (number, marks), still in zip(MARKED.items(), stills, strict=True):
        boxes = [box for box, _ in detector.find(still.image)]
        verdict = matched(marks, boxes)
        results.people.add(verdict)
        figures = (len(marks), len(boxes), verdict.right, verdict.missed, verdict.wrong)
        table.add_row(str(number), *map(str, figures))
    console.print(table)
    seen = survey(Footage(RECORDED), people=True)
    results.false_alarms = len(seen.findings)
    somebody = sum(count > 0 for _, count in seen.people)
    most = max(count for _, count in seen.people)
    console.print(
        f"somebody is there all the time: seen at {somebody} of {len(seen.people)} looks, at most {most} at "
        f"once; {results.false_alarms} incidents where nothing happens"
    )


def matched(marks: Sequence[tuple[int, int]], boxes: Sequence[tuple[int, int, int, int]]) -> Score:
    left = list(marks)
    result = Score()
    for x, y, width, height in boxes:
        middle = x + width / 2
        near = [(mx, my) for mx, my in left if abs(mx - middle) <= NEAR and y <= my <= y + height]
        if not near:
            result.wrong += 1
            continue
        left.remove(min(near, key=lambda mark: abs(mark[0] - middle)))
        result.right += 1
    result.missed = len(left)
    return result


def speed(console: Console, folder: Path, seconds: int, results: Results) -> None:
    """720p at 25 pictures a second, somebody in it half of the time: on one core."""
    clip = Clip("speed", seconds, walkers=PASSING)
    path = write_clip(clip, folder / "speed.mp4", rate=25, size=(1280, 720))
    cv2.setNumThreads(1)
    table = Table(
        "720p, 25/s", "CPU seconds", "wall seconds", "× real time (CPU)", "memory MB", title="Speed"
    )
    for people in (True, False):
        cpu, wall = time.process_time(), time.perf_counter()
        seen = survey(Footage(path), people=people)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if people:
            results.ratio = seconds / cpu
        name = "local: health, motion, people, falls" if people else "survey before a model: health, motion"
        name += f" ({seen.stirring:.0%} with motion)"
        table.add_row(name, f"{cpu:.1f}", f"{wall:.1f}", f"{seconds / cpu:.1f}", f"{tree_pss_mb():.0f}")
    console.print(table)


def verdicts(console: Console, results: Results) -> bool:
    """Prints each bar; answers whether all are met."""
    bars = (
        ("incidents, precision", results.incidents.precision, INCIDENT_PRECISION),
        ("incidents, recall", results.incidents.recall, INCIDENT_RECALL),
        ("made people counted right", results.looks_right / max(1, results.looks), COUNT_BAR),
        ("recorded people, precision", results.people.precision, PEOPLE_PRECISION),
        ("recorded people, recall", results.people.recall, PEOPLE_RECALL),
        ("recorded people, 1 − incidents", 1.0 - results.false_alarms, 1.0),
        ("× real time on one core", results.ratio, RATIO_BAR),
    )
    table = Table("what", "measured", "bar", "")
    for what, value, bar in bars:
        table.add_row(what, f"{value:.2f}", f"≥ {bar:g}", "met" if value >= bar else "MISSED")
    console.print(table)
    return all(value >= bar for _, value, bar in bars)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer and shorter, to try this program")
    short = parser.parse_args().short
    console, results = Console(highlight=False, width=140), Results()
    with tempfile.TemporaryDirectory(prefix="ecg-vision-") as name:
        made_clips(console, Path(name), MADE[2:6] if short else MADE, results)
        recorded(console, results)
        speed(console, Path(name), 30 if short else 120, results)
    return 0 if verdicts(console, results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
