"""What a viewer of the downloaded video sees and hears, against what should be there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ecg import api
from tests.proofs.watching import watched

VISIBLE = 40
"""Levels of 255 by which a pixel of a caption differs from what is behind it."""


def shows(video: Path, source: Path, scenario: dict[str, Any], at: float, folder: Path) -> float:
    """Mean difference, in levels, between the video and a still of the scenario, where that has captions."""
    expected = still(source, scenario, at, folder / "expected.png")
    without = still(source, {**scenario, "cues": []}, at, folder / "without.png")
    caption = np.abs(expected - without).max(axis=2) > VISIBLE
    assert caption.any(), "the still has no caption"
    return float(np.abs(picture(video, at) - expected)[caption].mean())


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
