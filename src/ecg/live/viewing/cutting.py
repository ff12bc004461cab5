"""One MP4 of several recordings, by stream copy: FFmpeg in a process of its own, its output handed on.

It begins at the key frame before the wanted time. The list of recordings is ours, so FFmpeg may follow it;
nothing in it comes from a user but two times.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ecg.errors import MediaError
from ecg.media.guard import FORMAT_WHITELIST, ffmpeg_program
from ecg.processes import start

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """A recording, and the seconds of it that are wanted."""

    path: Path
    begin: float
    end: float


async def cut_video(pieces: Sequence[Piece]) -> AsyncIterator[bytes]:
    """The file, as it is made. Raises MediaError when nothing of the recordings can be read."""
    script = await asyncio.to_thread(_written, concat_script(pieces))
    try:
        child = await start(
            cut_command(ffmpeg_program(), script.fileno()),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(script.fileno(),),
        )
    finally:
        script.close()
    stream = child.process.stdout
    assert stream is not None  # noqa: S101  # asked for above
    sent = 0
    gone = asyncio.create_task(child.wait())  # whatever holds the pipe beside the child ends with it
    try:
        while chunk := await stream.read(CHUNK):
            sent += len(chunk)
            yield chunk
        if not sent:
            raise MediaError("nothing of these recordings can be read")
    finally:
        await child.end(0.5)
        await gone


def concat_script(pieces: Sequence[Piece]) -> str:
    """FFmpeg's list of files."""
    lines = ["ffconcat version 1.0"]
    for piece in pieces:
        quoted = str(piece.path).replace("'", "'\\''")
        lines += [f"file 'file:{quoted}'", f"inpoint {piece.begin:.3f}", f"outpoint {piece.end:.3f}"]
    return "\n".join(lines) + "\n"


def _written(text: str) -> IO[bytes]:
    """A file without a name, to be read from its beginning."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # handed to whoever closes it
    file.write(text.encode())
    file.seek(0)
    return file


def cut_command(program: str, script: int) -> list[str]:
    """`script`: the descriptor that the list is read from."""
    return [
        *(program, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"),
        *("-protocol_whitelist", "file,pipe", "-format_whitelist", f"concat,{FORMAT_WHITELIST}"),
        *("-f", "concat", "-safe", "0", "-i", f"pipe:{script}"),
        *("-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", "-avoid_negative_ts", "make_zero"),
        *("-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "pipe:1"),
    ]
