"""The table of commands. Their names and options are stable: others script them."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ecg import __version__
from ecg.cli import admin, documents, drawing, machine, servers
from ecg.cli.outcome import DEBUG_VARIABLE

app = typer.Typer(
    name="ecg",
    help="Captions that show who speaks, when each word falls and how it sounds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts in half the time
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"ecg {__version__}")
        raise typer.Exit


@app.callback()
def _before(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Print the trace of any error.")] = False,
) -> None:
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"


app.command()(drawing.caption)
app.command()(documents.transcribe)
app.command()(documents.scenario)
app.command()(documents.convert)
app.command()(documents.check)
app.command()(drawing.still)
app.command()(drawing.render)
app.add_typer(servers.serve, name="serve")
app.command()(servers.live)
app.command()(servers.worker)
app.command()(servers.up)
app.command()(machine.templates)
app.command()(machine.doctor)
app.add_typer(machine.models, name="models")
app.add_typer(admin.admin, name="admin")
