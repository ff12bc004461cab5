"""A camera as FFmpeg is given it: arguments, and descriptors that they name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ecg.live.cameras.source import Source
from ecg.live.recording.command import (
    Wishes,
    can_hide,
    hidden_input_arguments,
    hidden_input_script,
    input_arguments,
)


@dataclass(frozen=True, slots=True)
class CameraInput:
    arguments: list[str]
    descriptors: tuple[int, ...] = ()
    """FFmpeg inherits them."""


@contextmanager
def camera_input(source: Source, url: str, wishes: Wishes) -> Iterator[CameraInput]:
    """The input, for as long as FFmpeg may open it. A list with a password is a file without a name."""
    if not can_hide(source):
        yield CameraInput(input_arguments(source, url, wishes))
        return
    with tempfile.TemporaryFile() as script:
        script.write(hidden_input_script(source, url, wishes).encode())
        script.seek(0)
        descriptor = script.fileno()
        yield CameraInput(hidden_input_arguments(source, descriptor), (descriptor,))
