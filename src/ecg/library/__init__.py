"""What people bring: uploads straight to the store, and their analysis by the speech server.

    uploads = Uploads(database, store, settings)
    analyses = Analyses(jobs, store, settings, uploads)

An application includes `ROUTERS` and has both in its state (`provide`), and runs `keep_uploads`. Names are
looked up when first used: every executor reads what kind of job an analysis is, and few ever run one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecg.library.analyses import Analyses
    from ecg.library.opening import ROUTERS, provide
    from ecg.library.speech_server import speech_breaker
    from ecg.library.upkeep import keep_uploads
    from ecg.library.uploads import Uploads

__all__ = ["ROUTERS", "Analyses", "Uploads", "keep_uploads", "provide", "speech_breaker"]

_HOMES = {
    "ROUTERS": "opening",
    "Analyses": "analyses",
    "Uploads": "uploads",
    "keep_uploads": "upkeep",
    "provide": "opening",
    "speech_breaker": "speech_server",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ecg.library' has no attribute {name!r}")
    return getattr(import_module(f"ecg.library.{_HOMES[name]}"), name)
