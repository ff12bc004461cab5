"""ECG, Expressive Caption Generation: captions that show who speaks, when each word falls and how it sounds.

The functions of `ecg.api` are the whole of what the command line does, to be called from Python:

    import ecg

    result = ecg.transcribe("talk.mp4")
    ecg.caption("talk.mp4", "talk.captioned.mp4", progress=print)

They are looked up when first used, so that `import ecg` costs nothing. Every error raised on purpose is an
`ecg.EcgError` (see `ecg.errors`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecg.errors import EcgError

if TYPE_CHECKING:
    from ecg.api import (
        caption,
        check,
        convert,
        diagnose,
        list_models,
        list_templates,
        pull_models,
        render_video,
        scenario,
        still,
        transcribe,
    )

__version__ = "0.1.0"

__all__ = [
    "EcgError",
    "__version__",
    "caption",
    "check",
    "convert",
    "diagnose",
    "list_models",
    "list_templates",
    "pull_models",
    "render_video",
    "scenario",
    "still",
    "transcribe",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'ecg' has no attribute {name!r}")
    from ecg import api

    return getattr(api, name)
