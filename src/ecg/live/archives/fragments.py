"""The end of a fragmented MP4 whose writer was killed, or whose disk was full: fragments that are not whole.

A player would show a damaged picture there. A fragment is two boxes, `moof` (what is in it) and `mdat` (the
data), and a file is whole after any `mdat` (ISO/IEC 14496-12, 4.2 and 8.8).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

_HEADER_BYTES = 8
_LARGE_HEADER_BYTES = 16


def cut_ragged_end(file: Path) -> bool:
    """Shorten the file to its last whole fragment; whether there was anything to cut off.

    What is no MP4 from the beginning is left alone.
    """
    with file.open("r+b") as stream:
        size = os.fstat(stream.fileno()).st_size
        whole = _whole_bytes(stream, size)
        if whole in (0, size):
            return False
        stream.truncate(whole)
        return True


def _whole_bytes(stream: BinaryIO, size: int) -> int:
    """Where the last box ends that needs nothing after it."""
    at = whole = 0
    while at < size:
        length, kind = _box(stream, at, size)
        if length < _HEADER_BYTES or at + length > size:
            break
        at += length
        if kind != b"moof":
            whole = at
    return whole


def _box(stream: BinaryIO, at: int, size: int) -> tuple[int, bytes]:
    """Length and kind of the box at `at`; a length of 0 where not even its header is there."""
    stream.seek(at)
    header = stream.read(_LARGE_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        return 0, b""
    length, kind = int.from_bytes(header[:4]), header[4:8]
    if length == 1:
        length = int.from_bytes(header[8:16]) if len(header) == _LARGE_HEADER_BYTES else 0
    elif length == 0:
        length = size - at
    return length, kind
