"""Everything that is fetched and not installed: what is here, and fetching what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ecg.assets import font_packages, speaker_encoder
from ecg.assets.places import models_dir
from ecg.assets.whisper_model import find_model, wanted_model
from ecg.errors import EcgError

Progress = Callable[[str, float], None]
"""Is told the stage, ``fonts`` or ``speaker-encoder``, and the share of it that is done, 0 … 1."""


@dataclass(frozen=True, slots=True)
class Model:
    """A font family, or weights."""

    name: str
    here: bool
    place: Path
    """Where it is, or would be."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"place": str(self.place)}


def listing() -> list[Model]:
    """Font families, the speaker encoder and the Whisper model that would be used."""
    weights = speaker_encoder.weights_path()
    whisper = wanted_model()
    found = find_model(whisper)
    return [
        *(Model(package.family, package.installed, package.folder) for package in font_packages.PACKAGES),
        Model("speaker encoder", weights.is_file(), weights),
        Model(f"Whisper {whisper}", found is not None, found or models_dir() / "whisper" / whisper),
    ]


def pull(progress: Progress | None = None) -> list[EcgError]:
    """Fetch the fonts and the speaker encoder where they are not here; answers what could not be had.

    One that fails does not keep the other away. A Whisper model is fetched when it is first used: it is
    large, and only an optional engine needs it.
    """

    def tell(stage: str, share: float) -> None:
        if progress:
            progress(stage, share)

    lacks: list[EcgError] = []
    tell("fonts", 0.0)
    try:
        font_packages.fetch(lambda _family, share: tell("fonts", share))
    except EcgError as error:
        lacks.append(error)
    tell("speaker-encoder", 0.0)
    try:
        speaker_encoder.pull()
    except EcgError as error:
        lacks.append(error)
    return lacks
