"""The table that a scene prints: what was done to each camera, and what it cost."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tests.live_faults.checks import lost_seconds
from tests.live_faults.run import Scene


def print_scene(console: Console, scene: Scene) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("camera")
    table.add_column("what happened")
    for column in ("live after, s", "lost, s", "gaps told", "recordings", "frames", "twice", "playlists"):
        table.add_column(column, justify="right")
    for subject in scene.all:
        left = scene.left[subject.name]
        watcher = subject.watcher
        assert watcher is not None
        whole = [
            str(len(left.gaps)),
            str(len(left.archives)),
            str(len(left.found.frames)),
            str(len(left.found.twice)),
            str(watcher.rules.versions),
        ]
        if not subject.troubles:
            table.add_row(subject.name, "nothing", "", "", *whole)
        for trouble in subject.troubles:
            lost = f"{lost_seconds(trouble.span, left):.2f}"
            table.add_row(subject.name, trouble.fault, f"{trouble.span.seconds:.1f}", lost, *whole)
            whole = [""] * len(whole)
    console.print(table)
