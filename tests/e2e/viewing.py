"""What a viewer of the downloaded video sees and hears, against what should be there."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ecg import api
from tests.proofs.watching import watched

VISIBLE = 40
"""Levels of 255 by which a pixel of a caption differs from what is behind it."""

ALIKE = 12.0
"""Levels of 255: what an encoder does to a caption."""


@dataclass(frozen=True)
class Caption:
    """How a picture must look, where it has captions, to show a scenario."""

    at: float
    expected: NDArray[np.float32]
    where: NDArray[np.bool_]

    def difference(self, video: Path) -> float:
        """Mean, in levels, of the video's caption from the expected one."""
        return float(np.abs(picture(video, self.at) - self.expected)[self.where].mean())


def caption_of(source: Path, scenario: dict[str, Any], at: float, folder: Path) -> Caption:
    """What a scenario shows at a time, by stills of it; `folder` takes what is made on the way."""
    expected = still(source, scenario, at, folder / "expected.png")
    without = still(source, {**scenario, "cues": []}, at, folder / "without.png")
    where = np.abs(expected - without).max(axis=2) > VISIBLE
    assert where.any(), "the still has no caption"
    return Caption(at, expected, where)


def still(source: Path, scenario: dict[str, Any], at: float, output: Path) -> NDArray[np.float32]:
    document = output.with_suffix(".json")
    document.write_text(json.dumps(scenario))
    api.still(source, document, at=at, output=output)
    return np.asarray(Image.open(output).convert("RGB"), np.float32)


def picture(video: Path, at: float) -> NDArray[np.float32]:
    """The picture that is shown at a time."""
    shown = None
    for seconds, seen in watched(video):
        if shown is not None and float(seconds) > at + 1e-6:
            break
        shown = seen
    assert shown is not None
    return np.asarray(shown, np.float32)


def sound_of(video: Path) -> str:
    """A digest of the sound's packets."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(video), "-map", "0:a", "-c", "copy"]
    done = subprocess.run([*command, "-f", "md5", "-"], check=True, capture_output=True, text=True)
    return done.stdout
