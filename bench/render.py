"""Rendering speed against the limit: the same FFmpeg transcode without captions, measured in the same run.

    python bench/render.py [--runs 3] [--browsers] [--readbacks]

Each way is timed as a whole process, `ecg` with its Python and its browser included; the ways take turns, and
the median of the ratios of each turn is printed. Exits 1 when a bar of issue 2 is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ecg import templates
from ecg.captions import formats
from ecg.captions.compose import compose
from ecg.render.painter import READBACKS, Painter

sys.path.insert(0, str(Path(__file__).parent))

from clip import FPS, SECONDS, clip
from measure import Taken, run

TEXTS = (
    "안녕하세요 여러분 오늘은 정말 신나는 날이에요",
    "This is the fastest way to caption a film",
    "자막이 단어마다 통통 튀어 나옵니다",
    "Every single word lights up as it is said",
    "한국어와 English 가 함께 나와요",
)

BARS = {"animated": 0.85, "static": 0.92, "sparse": 2.2}
MEMORY_BARS = {720: 600, 1080: 1000}


def scenario(cues: Sequence[tuple[float, float]], template: str) -> dict[str, object]:
    """A flat scenario; its words share their cue's time. Measured words would be given a lead-in and a hold,
    and more of the video would be covered than is said here.
    """
    listed = [
        {"id": f"c{i}", "text": TEXTS[i % len(TEXTS)], "start": start, "end": end, "speaker": "AB"[i % 2]}
        for i, (start, end) in enumerate(cues)
    ]
    return {"version": "1.3", "template": template, "cues": listed}


SCENARIOS: dict[str, Callable[[], dict[str, object]]] = {
    # Captions on 85 % of the frames; karaoke moves on each of them.
    "animated": lambda: scenario([(3 * k, 3 * k + 2.55) for k in range(SECONDS // 3)], "karaoke"),
    "static": lambda: scenario([(3 * k, 3 * k + 2.55) for k in range(SECONDS // 3)], "clean"),
    # Captions on 30 %: three seconds in every ten.
    "sparse": lambda: scenario([(10 * k, 10 * k + 3) for k in range(SECONDS // 10)], "intention"),
}


def limit(video: Path, folder: Path) -> list[str]:
    return [*_transcode(video), "-c:a", "copy", str(folder / "limit.mp4")]


def libass(video: Path, folder: Path) -> list[str]:
    return [
        *_transcode(video),
        "-vf",
        f"ass={folder / 'static.ass'}",
        "-c:a",
        "copy",
        str(folder / "libass.mp4"),
    ]


def _transcode(video: Path) -> list[str]:
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-movflags", "+faststart"]
    return ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(video), *encode]


def ours(video: Path, folder: Path, kind: str, *more: str, name: str | None = None) -> list[str]:
    """Render the scenario `kind`; output and report are named after `name`, so that rows keep their own."""
    ecg = Path(sys.executable).with_name("ecg")
    document = folder / f"{kind}.json"
    target, report = (folder / f"{name or kind}.{ending}" for ending in ("mp4", "report.json"))
    return [str(ecg), "render", str(video), str(document), "-o", str(target), "--report", str(report), *more]


def turns(ways: dict[str, list[str]], runs: int) -> dict[str, list[Taken]]:
    """Run every way once in each turn, so that a machine that slows down slows all of them."""
    taken: dict[str, list[Taken]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, command in ways.items():
            taken[name].append(run(command))
    return taken


def ratio(taken: dict[str, list[Taken]], name: str) -> float:
    return statistics.median(a.wall / b.wall for a, b in zip(taken["limit"], taken[name], strict=True))


def compare(console: Console, folder: Path, runs: int) -> bool:
    video = clip(720)
    ways = {"limit": limit(video, folder), "libass": libass(video, folder)}
    ways |= {kind: ours(video, folder, kind) for kind in SCENARIOS}
    # The same where keyframes are two seconds apart: 40 % of the frames must be encoded again.
    ways["sparse, 2 s"] = ours(clip(720, keyframe_seconds=2), folder, "sparse", name="sparse, 2 s")
    taken = turns(ways, runs)
    table = Table(title=f"{SECONDS} s at 1280x720, {FPS} frames a second; median of {runs}")
    for column in ("way", "wall s", "CPU s", "speed / limit", "bar", "peak MB (PSS)"):
        table.add_column(column, justify="left" if column == "way" else "right")
    good = True
    for name, results in taken.items():
        bar = BARS.get(name)
        reached = ratio(taken, name)
        good &= bar is None or reached >= bar
        peak = max(t.peak_mb for t in results)
        if name in BARS:
            good &= peak <= MEMORY_BARS[720]
        wall, cpu = (statistics.median(getattr(t, field) for t in results) for field in ("wall", "cpu"))
        shown = "" if bar is None else f"{bar:.2f} {'ok' if reached >= bar else 'MISSED'}"
        table.add_row(name, f"{wall:.2f}", f"{cpu:.2f}", f"{reached:.3f}", shown, f"{peak:.0f}")
    console.print(table)
    for kind in list(ways)[2:]:
        report = json.loads((folder / f"{kind}.report.json").read_text())
        counts = ", ".join(
            f"{key} {report[key]}" for key in ("frames_processed", "frames_copied", "frames_dropped")
        )
        stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in report["stage_seconds"].items())
        console.print(f"{kind}: {counts}; main thread seconds: {stages}")
    return good


def large(console: Console, folder: Path) -> bool:
    taken = run(ours(clip(1080), folder, "animated", name="large"))
    bar = MEMORY_BARS[1080]
    console.print(f"1920x1080 animated: peak {taken.peak_mb:.0f} MB (PSS), bar {bar}; {taken.wall:.1f} s")
    return taken.peak_mb <= bar


def curve(console: Console, folder: Path, runs: int) -> None:
    video = clip(720)
    ways = {"limit": limit(video, folder)}
    ways |= {f"{n} browsers": ours(video, folder, "animated", "--browsers", str(n)) for n in (1, 2, 4)}
    taken = turns(ways, runs)
    for name in list(ways)[1:]:
        peak = max(t.peak_mb for t in taken[name])
        console.print(f"animated, {name}: {ratio(taken, name):.3f} of the limit, peak {peak:.0f} MB")


def readbacks(console: Console, folder: Path) -> None:
    """Painting alone, without a video: milliseconds of wall time a frame for each way to read pixels back."""
    document = formats.read((folder / "animated.json").read_bytes(), name="animated.json").scenario
    times = [round(i * 1e6 / FPS) for i in range(10 * FPS)]
    scene = compose(document, lambda name: templates.load(name).manifest, width=1280, height=720)
    css = templates.load("karaoke").css
    for method in READBACKS:
        with Painter(scene, times, template_css=css, readback=method) as painter:
            changes = painter.changes()
            first = next(change for change in changes if change.patches)
            began = time.perf_counter()
            painted = sum(1 for change in changes if change.patches)
            each = (time.perf_counter() - began) / painted * 1000
        console.print(f"reading back by {method}: {each:.2f} ms a frame after frame {first.frame}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--browsers", action="store_true", help="also the curve over 1, 2 and 4 browsers")
    options.add_argument("--readbacks", action="store_true", help="also the three ways to read pixels back")
    chosen = options.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory(prefix="ecg-bench-") as name:
        folder = Path(name)
        for kind, make in SCENARIOS.items():
            (folder / f"{kind}.json").write_text(json.dumps(make()), encoding="utf-8")
        ecg = str(Path(sys.executable).with_name("ecg"))
        run([ecg, "convert", str(folder / "static.json"), str(folder / "static.ass")])
        good = compare(console, folder, chosen.runs)
        good &= large(console, folder)
        if chosen.browsers:
            curve(console, folder, max(1, chosen.runs - 1))
        if chosen.readbacks:
            readbacks(console, folder)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
