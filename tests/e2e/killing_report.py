"""The table of a kill run: how long each step took each of the crowd, and how often they had to repeat."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tests.e2e.crowd import Crowd

STEPS = ("sign up", "upload", "analysis", "edit a cue", "export", "download")


def print_travellers(console: Console, crowd: Crowd) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("who")
    table.add_column("video")
    for column in (*STEPS, "in all"):
        table.add_column(column, justify="right")
    table.add_column("repeated", justify="right")
    table.add_column("end")
    for each in crowd.travellers:
        table.add_row(
            f"{each.number:02}",
            each.video.stem,
            *(f"{each.seconds[step]:.1f}" if step in each.seconds else "" for step in STEPS),
            f"{sum(each.seconds.values()):.1f}",
            str(len(each.transport.repeated) or ""),
            "right" if each.error is None else each.error[:100],
        )
    console.print(table)
