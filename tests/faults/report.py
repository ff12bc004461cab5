"""The tables that a run prints."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from ecg.jobs.states import State
from tests.faults.checks import Checked
from tests.faults.run import Run

MOST_SHOWN = 8
"""Of what is wrong with one check."""


def print_jobs(console: Console, run: Run) -> None:
    """A row a job: what became of it, and what it took."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("job")
    table.add_column("video")
    table.add_column("state")
    for column in ("attempts", "seconds", "frames", "callbacks", "repeats"):
        table.add_column(column, justify="right")
    for row in run.found.rows:
        ids = [line["id"] for line in run.found.arrived if line.get("body", {}).get("job_id") == row.job_id]
        status = run.found.statuses.get(row.job_id, {})
        table.add_row(
            row.job_id,
            run.recipe(row.job_id).name,
            row.state if row.state == State.DONE else f"{row.state} {row.error_code}",
            str(row.attempt),
            f"{(row.finished_at - row.created_at) / 1000:.1f}" if row.finished_at else "",
            str(status.get("frames_processed", "")),
            str(len(set(ids))),
            str(len(ids) - len(set(ids)) or ""),
        )
    console.print(table)
    replaced = sum("a browser died and was replaced" in (row.result or "") for row in run.found.rows)
    console.print(f"  jobs that went on with a new browser: {replaced}")


def print_checks(console: Console, checks: list[Checked]) -> None:
    """A line a check, and below it what is wrong."""
    for check in checks:
        console.print(f"  {'[red]WRONG[/red]' if check.wrong else 'ok   '}  {check.name}")
        for line in check.wrong[:MOST_SHOWN]:
            console.print(f"           {line}", markup=False)
        if len(check.wrong) > MOST_SHOWN:
            console.print(f"           and {len(check.wrong) - MOST_SHOWN} more")
