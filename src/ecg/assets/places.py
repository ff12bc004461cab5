"""Where fetched things live: model weights and fonts, one folder per user, outside the package.

``ECG_ASSETS_DIR`` overrides the platform's own place (tests, containers, read-only homes). It is not the
servers' ``ECG_DATA_DIR``: many data folders may share one set of fonts and weights.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

ASSETS_VARIABLE = "ECG_ASSETS_DIR"


def assets_dir() -> Path:
    """The folder of everything that ECG fetched; it may not exist yet."""
    override = os.environ.get(ASSETS_VARIABLE, "").strip()
    if override:
        return Path(override).expanduser().absolute()
    return Path(platformdirs.user_data_dir("ecg", appauthor=False))


def models_dir() -> Path:
    """Model weights, a file or a folder each."""
    return assets_dir() / "models"


def fonts_dir() -> Path:
    """Font files that no system package brought."""
    return assets_dir() / "fonts"
