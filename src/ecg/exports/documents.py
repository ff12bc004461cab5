"""A project's captions as files: SRT, WebVTT, ASS, and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from ecg.captions import formats
from ecg.render.scenario_input import read_request_scenario

DocumentFormat = Literal["srt", "vtt", "ass", "json"]

MEDIA_TYPES: dict[DocumentFormat, str] = {
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "ass": "text/x-ssa; charset=utf-8",
    "json": "application/json",
}
FORMATS: tuple[DocumentFormat, ...] = get_args(DocumentFormat)


@dataclass(frozen=True, slots=True)
class Document:
    """A file to save."""

    name: str
    media_type: str
    content: bytes


def document_of(project_name: str, scenario: dict[str, Any], form: DocumentFormat) -> Document:
    """The captions as they would be drawn, as a file. Raises ScenarioError."""
    drawn, _ = read_request_scenario(scenario)
    stem = project_name.rpartition(".")[0] or project_name
    return Document(f"{stem}.{form}", MEDIA_TYPES[form], formats.write(drawn, form))
