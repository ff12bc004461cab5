"""Hears: from a video's sound to words with times, speakers, voice and mood.

`transcribe` is the whole; its result is `AnalysisResult`. Engines are chosen by `ecg.speech.engines`.
"""

from ecg.speech.pipeline import transcribe
from ecg.speech.result import AnalysisResult

__all__ = ["AnalysisResult", "transcribe"]
