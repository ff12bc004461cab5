"""Hears: from a video's sound to words with times, speakers, voice and mood.

`transcribe` is the whole; its result is `AnalysisResult`. Engines are chosen by `ecg.speech.engines`. What
listens is looked up when first used: servers and workers read what a job of listening is (`tasks`, `result`)
and never hear.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecg.speech.pipeline import transcribe
    from ecg.speech.result import AnalysisResult

__all__ = ["AnalysisResult", "transcribe"]

_HOMES = {"AnalysisResult": "result", "transcribe": "pipeline"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ecg.speech' has no attribute {name!r}")
    return getattr(import_module(f"ecg.speech.{_HOMES[name]}"), name)
