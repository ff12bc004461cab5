"""How a command ends: one line for people, one exit code for scripts, nothing left behind.

0 done · 1 our fault · 2 bad usage or bad input · 130 stopped by Ctrl-C · 143 stopped by SIGTERM.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, ParamSpec

import typer

from ecg.cli.messages import say
from ecg.errors import Cancelled, EcgError

if TYPE_CHECKING:
    import psutil

DEBUG_VARIABLE = "ECG_DEBUG"
"""Set, it makes every error print its trace; `ecg --debug` sets it, and child processes inherit it."""
DONE = 0
OUR_FAULT = 1
_PATIENCE_SECONDS = 3.0

P = ParamSpec("P")


class Terminated(KeyboardInterrupt):
    """SIGTERM, unwinding the stack as Ctrl-C does so that partial files and children go away."""


def concluded(command: Callable[P, None]) -> Callable[P, None]:
    """Make a command end as this module says: one line and an exit code instead of a trace."""

    @functools.wraps(command)
    def ending_well(*args: P.args, **kwargs: P.kwargs) -> None:
        code = conclude(lambda: command(*args, **kwargs))
        if code != DONE:
            raise typer.Exit(code)

    return ending_well


def conclude(command: Callable[[], None]) -> int:
    """Run `command` and answer the exit code; whatever it raises becomes one line on standard error."""
    debug = bool(os.environ.get(DEBUG_VARIABLE))
    before = _children()
    try:
        with _sigterm_unwinds():
            command()
            sys.stdout.flush()
    except typer.Exit as end:
        return end.exit_code
    except EcgError as error:
        _end_children(but=before)
        if debug:
            traceback.print_exc()
        print(one_line(error), file=sys.stderr)
        return _stopped(130) if isinstance(error, Cancelled) else error.exit_code
    except KeyboardInterrupt as error:
        _end_children(but=before)
        return _stopped(143 if isinstance(error, Terminated) else 130)
    except BrokenPipeError:
        # Whoever read our output has gone (`ecg templates | head`): no error, and nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        _end_children(but=before)
        print(_unexpected(error, debug=debug), file=sys.stderr)
        return OUR_FAULT
    return DONE


def tell(kind: str, text: str) -> None:
    """One line beside the result, such as a warning, on standard error."""
    print(f"{say(kind)}: {' '.join(text.split())}", file=sys.stderr)


def one_line(error: EcgError) -> str:
    """`ecg: CODE: what happened (at where); to do: hint`, on one line whatever the texts contain."""
    hint = f"; {say('hint')}: {error.hint}" if error.hint else ""
    return " ".join(f"ecg: {error.code}: {error}{hint}".split())


def _stopped(exit_code: int) -> int:
    print(f"ecg: {say('interrupted')}", file=sys.stderr)
    return exit_code


def _unexpected(error: Exception, *, debug: bool) -> str:
    """A defect of ours: the trace goes to a file that can be sent along, or to the screen with --debug."""
    if debug:
        traceback.print_exc()
        where = "the trace stands above"
    else:
        with tempfile.NamedTemporaryFile("w", prefix="ecg-trace-", suffix=".txt", delete=False) as file:
            traceback.print_exc(file=file)
        where = f"the trace is in {file.name}"
    what = " ".join(str(error).split()) or "no message"
    return f"ecg: INTERNAL_ERROR: {type(error).__name__}: {what}; this is a defect of ECG, {where}"


@contextlib.contextmanager
def _sigterm_unwinds() -> Iterator[None]:
    def unwind(_signal: int, _frame: FrameType | None) -> None:
        raise Terminated

    previous = signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _children() -> set[psutil.Process]:
    import psutil

    return set(psutil.Process().children(recursive=True))


def _end_children(*, but: set[psutil.Process]) -> None:
    """End what the command started and the unwinding left running.

    Everything closes its own children; this is the belt to those braces.
    """
    import psutil

    children = _children() - but
    for child in children:
        with contextlib.suppress(psutil.Error):
            child.terminate()
    _, alive = psutil.wait_procs(children, timeout=_PATIENCE_SECONDS)
    for child in alive:
        with contextlib.suppress(psutil.Error):
            child.kill()
