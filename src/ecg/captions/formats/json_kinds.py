"""Which of the many JSON documents this is, and its reader.

    scenario      "version": "ecg-…", or cues with lines
    recognition   "segments" (analysis result, Whisper, WhisperX) or "transcription" (whisper.cpp)
    motiontext    "tracks", or cues with a "root"
    flat          any other "cues"

A render job (``{"scenario": …, "options": …}``) and a callback (``{"result": …}``) are looked into.
"""

from __future__ import annotations

from ecg.captions.formats.flat import is_flat, read_flat
from ecg.captions.formats.motiontext import read_motiontext
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import ReadResult
from ecg.captions.formats.scenario_json import is_scenario, read_scenario
from ecg.captions.formats.segments import is_recognition, read_recognition
from ecg.errors import ScenarioError

_KNOWN = "known are ECG scenarios, flat cues, MotionText, and results of ECG, Whisper and WhisperX"


def read_json(document: Node) -> ReadResult:
    """Read a parsed JSON document of any known kind. Raises `ScenarioError` with a JSON pointer."""
    if not isinstance(document.value, dict):
        raise document.error("captions in JSON are an object", hint=_KNOWN)
    scenario = document.get("scenario")
    if scenario is not None and "cues" not in document:
        return _read_document(scenario, height=_height(document))
    result = document.get("result")
    if result is not None and isinstance(result.value, dict) and is_recognition(result):
        return read_recognition(result)
    return _read_document(document, height=None)


def _height(job: Node) -> float | None:
    options = job.get("options")
    found = None if options is None else options.get("height")
    if found is None:
        return None
    height = found.number()
    if not 1 <= height <= 100_000:
        raise found.error(f"{height:g} is not the height of a picture")
    return height


def _read_document(document: Node, *, height: float | None) -> ReadResult:
    if is_scenario(document):
        return read_scenario(document)
    if is_recognition(document):
        return read_recognition(document)
    if is_flat(document):
        return read_flat(document, height=height)
    if document.has_list("cues"):
        return _read_motiontext(document)
    if "cues" in document:
        document["cues"].items()  # raises: it is no list
    raise document.error("this is not a kind of captions known here", hint=_KNOWN)


def _read_motiontext(document: Node) -> ReadResult:
    try:
        return read_motiontext(document.value)
    except ScenarioError as exc:
        if not document.path or exc.where is None:
            raise
        where = f"{document.where}{exc.where}".rstrip("/")
        raise ScenarioError(exc.message, where=where, hint=exc.hint) from None
