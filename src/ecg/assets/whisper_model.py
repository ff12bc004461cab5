"""Whisper models in CTranslate2's format: where they are, whether they can be fetched, and fetching them.

Both Whisper engines read the same folders. A model is a folder with ``model.bin``; that is checked here,
because the libraries' own errors for a wrong path mislead. Fetching goes through Hugging Face's client,
which retries for over a minute on a machine without a way out; so its host is tried first, for three
seconds.
"""

from __future__ import annotations

import os
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from ecg.assets.places import models_dir
from ecg.errors import MissingDependency

MODEL_VARIABLE = "ECG_WHISPER_MODEL"
"""Name or folder of the model, where the caller gives none."""
DEFAULT_MODEL = "base"

_OFFLINE_VARIABLE = "HF_HUB_OFFLINE"
_REACH_SECONDS = 3.0


def wanted_model(model: str | None = None) -> str:
    """The model asked for, or the environment's, or the default."""
    return model or os.environ.get(MODEL_VARIABLE, "").strip() or DEFAULT_MODEL


def find_model(model: str) -> Path | None:
    """The folder of a model that is on this machine, by folder or by name; None where it is not."""
    given = Path(model).expanduser()
    if is_model(given):
        return given
    if _is_path(model):
        return None
    kept = models_dir() / "whisper" / model
    return kept if is_model(kept) else _in_hub_cache(model)


def is_model(folder: Path) -> bool:
    return (folder / "model.bin").is_file() and (folder / "config.json").is_file()


def lack_of(model: str) -> MissingDependency | None:
    """Why the model can be neither found nor fetched; None where it can."""
    if find_model(model) is not None:
        return None
    if _is_path(model):
        return MissingDependency(
            "the folder holds no Whisper model in CTranslate2's format (no model.bin and config.json)",
            where=model,
            hint="give the folder of a converted model, or a name such as base",
        )
    reason = out_of_reach()
    if reason is None:
        return None
    return MissingDependency(
        f"the Whisper model {model!r} is not on this machine and {reason}",
        hint=f"set {MODEL_VARIABLE} to the folder of a model, or go online: it is fetched at its first use",
    )


def pull_model(model: str) -> Path:
    """The folder of the model, fetched first where it is not here yet.

    Raises:
        MissingDependency: neither here nor to be had; the package faster-whisper is not installed; no such
            name.
    """
    if (found := find_model(model)) is not None:
        return found
    if (lack := lack_of(model)) is not None:
        raise lack
    if find_spec("faster_whisper") is None:
        raise MissingDependency(
            "Whisper models are fetched by faster-whisper, which is not installed",
            hint="pip install 'ecg[faster-whisper]'",
        )
    return _download(model)


def _download(model: str) -> Path:
    from faster_whisper import download_model

    try:
        folder = Path(download_model(model, cache_dir=str(_hub_cache())))
    except ValueError as error:
        raise MissingDependency(f"there is no Whisper model {model!r}", hint=str(error)) from error
    except Exception as error:  # the client raises errors of three HTTP libraries and its own
        raise MissingDependency(
            f"the Whisper model {model!r} could not be fetched: {error}",
            hint="try again; an interrupted download goes on where it stopped",
        ) from error
    if not is_model(folder):
        raise MissingDependency(f"what was fetched as {model!r} holds no model.bin", where=str(folder))
    return folder


def _hub_cache() -> Path:
    return models_dir() / "hub"


def _in_hub_cache(model: str) -> Path | None:
    """A model that `pull_model` fetched, or that another program left in Hugging Face's own cache."""
    if find_spec("faster_whisper") is None:
        return None
    from faster_whisper import download_model

    for cache in (str(_hub_cache()), None):
        try:
            folder = Path(download_model(model, local_files_only=True, cache_dir=cache))
        except (OSError, ValueError):  # not in this cache, or no such name
            continue
        if is_model(folder):
            return folder
    return None


def _is_path(model: str) -> bool:
    return os.sep in model or model.startswith((".", "~"))


def out_of_reach() -> str | None:
    """Why Hugging Face cannot be asked, or None."""
    if os.environ.get(_OFFLINE_VARIABLE, "").strip().lower() in {"1", "true", "yes", "on"}:
        return f"{_OFFLINE_VARIABLE} forbids fetching it"
    try:
        from huggingface_hub.constants import ENDPOINT  # comes with every engine that fetches models
    except ImportError:
        return "no engine that fetches it is installed"
    url = urlsplit(ENDPOINT)
    try:
        with socket.create_connection((url.hostname or "", url.port or 443), timeout=_REACH_SECONDS):
            return None
    except OSError:
        return f"{url.hostname} cannot be reached to fetch it"
