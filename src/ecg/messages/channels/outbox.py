"""The embedded default: no server sends anything, and whoever runs ECG on one machine reads it in a folder.

A message may carry a one-time token, so it goes into a file that its owner alone can read, and the log names
the file and not what is in it.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import structlog

from ecg.messages.channels.letter import Letter
from ecg.settings import Settings

log = structlog.get_logger(__name__)

KEPT_SECONDS = 7 * 24 * 3600.0


def outbox(settings: Settings) -> Path:
    """The folder of the messages: text files whose first lines name recipient and subject."""
    return settings.data_dir / "outbox"


async def put_into_outbox(letter: Letter, settings: Settings) -> None:
    """Raises OSError when the disk does not take it."""
    path = outbox(settings) / f"{letter.message_id}.txt"
    await asyncio.to_thread(_write, path, letter)
    log.info(
        "a message was put into the outbox: nothing is set up that would send it",
        to=letter.to if letter.channel == "email" else letter.channel,
        template=letter.template,
        file=str(path),
    )


def _write(path: Path, letter: Letter) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_old(path.parent)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600, exist_ok=False)
    part.write_text(f"To: {letter.to}\nSubject: {letter.rendered.subject}\n\n{letter.rendered.text}", "utf-8")
    part.replace(path)


def _remove_old(folder: Path) -> None:
    for path in folder.iterdir():
        try:
            if path.stat().st_mtime < time.time() - KEPT_SECONDS:
                path.unlink()
        except FileNotFoundError:
            pass  # somebody else was first
