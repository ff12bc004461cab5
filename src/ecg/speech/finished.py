"""What is finished of a piece, kept so that somebody else need not do it again.

Each piece of work is kept under a name that follows from the piece, with a fingerprint of everything that it
was made from: the sound, the engine, the language. Another sound or another engine under the same name is
found out, and the work done anew.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError

from ecg.speech.engines.base import Heard
from ecg.speech.pieces import Piece
from ecg.speech.prosody import Voice
from ecg.speech.voiceprints import Voiceprints, Window

_FORMAT = "1"
"""Of what is kept; another one when the analysis itself changes."""

Content = TypeVar("Content")


class Keeper(Protocol):
    """Where finished work is kept."""

    def load(self, name: str, /) -> bytes | None:
        """What was kept under this name; None when nothing was, or when it cannot be read now."""

    def save(self, name: str, content: bytes, /) -> None:
        """Keep it, whole or not at all."""


class KeepNothing:
    """For whoever begins anew each time: the command line."""

    def load(self, _name: str, /) -> None:
        return None

    def save(self, _name: str, _content: bytes, /) -> None:
        return None


class _Kept(BaseModel):
    fingerprint: str
    content: Any


class Work(Generic[Content]):
    """One sort of work on pieces: its name, and how its outcome is written down."""

    def __init__(self, name: str, write: Callable[[Content], Any], read: Callable[[Any], Content]) -> None:
        self.name = name
        self._write = write
        self._read = read

    def done(self, keeper: Keeper, piece: Piece, made_from: str, make: Callable[[], Content]) -> Content:
        """The outcome for this piece: as it was kept, or made now and kept."""
        name = f"{self.name}-{piece.index:03d}"
        fingerprint = _fingerprint(piece.digest, made_from)
        found = self._loaded(keeper.load(name), fingerprint)
        if found is not None:
            return found
        made = make()
        kept = _Kept(fingerprint=fingerprint, content=self._write(made))
        keeper.save(name, kept.model_dump_json().encode())
        return made

    def _loaded(self, text: bytes | None, fingerprint: str) -> Content | None:
        if text is None:
            return None
        try:
            kept = _Kept.model_validate_json(text)
            return self._read(kept.content) if kept.fingerprint == fingerprint else None
        except (ValidationError, ValueError, KeyError, TypeError):  # of another version, or damaged
            return None


def _fingerprint(*made_from: str) -> str:
    return hashlib.blake2b("\n".join((_FORMAT, *made_from)).encode(), digest_size=16).hexdigest()


def _prints_written(found: Voiceprints) -> dict[str, Any]:
    return {
        "windows": [(window.first, window.speaks_from, window.speaks_to) for window in found.windows],
        "prints": base64.b64encode(found.prints.astype("<f4").tobytes()).decode(),
    }


def _prints_read(content: Any) -> Voiceprints:
    windows = tuple(Window(*(int(number) for number in window)) for window in content["windows"])
    prints = np.frombuffer(base64.b64decode(content["prints"]), "<f4").astype(np.float32)
    return Voiceprints(windows, prints.reshape(len(windows), -1) if windows else prints.reshape(0, 0))


_heard = TypeAdapter(Heard)
_voices = TypeAdapter(list[Voice])

VOICEPRINTS = Work("voiceprints", _prints_written, _prints_read)
WORDS = Work("words", lambda heard: _heard.dump_python(heard, mode="json"), _heard.validate_python)
VOICES = Work("voices", lambda voices: _voices.dump_python(voices, mode="json"), _voices.validate_python)
