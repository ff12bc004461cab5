"""Where fetched things live: model weights and fonts, one folder per user, outside the package.

``ECG_DATA_DIR`` overrides the platform's own place (tests, containers, read-only homes).
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

DATA_VARIABLE = "ECG_DATA_DIR"


def data_dir() -> Path:
    """The folder of everything that ECG fetched; it may not exist yet."""
    override = os.environ.get(DATA_VARIABLE, "").strip()
    if override:
        return Path(override).expanduser().absolute()
    return Path(platformdirs.user_data_dir("ecg", appauthor=False))


def models_dir() -> Path:
    """Model weights, a file or a folder each."""
    return data_dir() / "models"


def fonts_dir() -> Path:
    """Font files that no system package brought."""
    return data_dir() / "fonts"
