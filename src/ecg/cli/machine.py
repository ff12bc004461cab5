"""Commands about this installation: models, templates, doctor."""

from __future__ import annotations

import json

import typer

from ecg.cli import options
from ecg.cli.messages import language, say
from ecg.cli.outcome import concluded, tell
from ecg.cli.progress import Stages

_PIPE_COLUMNS = 250
"""A pipe has no width, and a command that is searched for there must stay on one line."""

models = typer.Typer(no_args_is_help=True, help="Fonts and model weights: fetch them, or list what is here.")


@models.command("pull")
@concluded
def pull() -> None:
    """Fetch the fonts and the speaker encoder's weights that are not here yet."""
    from ecg import api

    with Stages() as stages:
        lacks = api.pull_models(progress=stages)
    for lack in lacks:
        tell("warning", f"{lack}; {lack.hint}" if lack.hint else str(lack))
    _print_models()
    if lacks:
        raise typer.Exit(1)


@models.command("list")
@concluded
def list_models(as_json: options.AsJson = False) -> None:
    """List fonts, weights and speech models, and where they are."""
    from ecg import api

    if as_json:
        print(json.dumps([model.as_dict() for model in api.list_models()], indent=2))
    else:
        _print_models()


def _print_models() -> None:
    from ecg import api

    for model in api.list_models():
        state = say("models.here" if model.here else "models.absent")
        print(f"  {state:8} {model.name:30} {model.place}")


@concluded
def templates(as_json: options.AsJson = False) -> None:
    """List the templates: what captions can look like."""
    from ecg import api

    found = api.list_templates()
    if as_json:
        print(json.dumps([template.model_dump() for template in found], ensure_ascii=False, indent=2))
        return
    korean = language() == "ko"
    for template in found:
        about = template.description.ko if korean else template.description.en
        print(f"  {template.name:14} {about}")


@concluded
def doctor(as_json: options.AsJson = False) -> None:
    """Check every dependency.

    Prints the command that mends each lack. Exit code 1 when something that captioning needs is missing.
    """
    from ecg import api

    diagnosis = api.diagnose()
    if as_json:
        print(json.dumps(diagnosis.as_dict(), ensure_ascii=False, indent=2))
        raise typer.Exit(0 if diagnosis.well else 1)

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    for column in ("what", "state", "detail", "mend"):
        table.add_column(say(f"doctor.{column}"), overflow="fold")
    colours = {"ok": "green", "optional": "yellow", "bad": "bold red"}
    for check in diagnosis.checks:
        state = f"[{colours[check.state]}]{say(f'state.{check.state}')}[/]"
        table.add_row(check.name, state, _plain(check.detail), _plain(check.mend or ""))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPE_COLUMNS)
    console.print(table)
    bad = sum(check.state == "bad" for check in diagnosis.checks)
    console.print(say("doctor.lacks", count=bad) if bad else say("doctor.well"))
    if bad:
        raise typer.Exit(1)


def _plain(text: str) -> str:
    """Text for a rich table: square brackets are no markup (`ecg[whisperx]`)."""
    from rich.markup import escape

    return escape(text)
