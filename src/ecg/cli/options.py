"""Arguments and options that several commands share, spelt once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer


class Engine(StrEnum):
    """The speech engines by the names that users type."""

    AUTO = "auto"
    POCKETSPHINX = "pocketsphinx"
    FASTER_WHISPER = "faster-whisper"
    WHISPERX = "whisperx"


Video: TypeAlias = Annotated[Path, typer.Argument(metavar="VIDEO", help="Any video file that FFmpeg reads.")]
ScenarioFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="SCENARIO", help="A scenario, a subtitle file or an analysis result.")
]
Language: TypeAlias = Annotated[
    str, typer.Option("--language", help="Spoken language, such as en or ko; auto: what the engine finds.")
]
EngineOption: TypeAlias = Annotated[
    Engine, typer.Option("--engine", help="Speech engine; auto: the best that is installed.")
]
Speakers: TypeAlias = Annotated[
    int | None, typer.Option("--speakers", min=1, max=100, help="How many people speak, where it is known.")
]
Transcript: TypeAlias = Annotated[
    Path | None,
    typer.Option("--transcript", metavar="FILE", help="Text of what is said; aligned instead of recognised."),
]
Template: TypeAlias = Annotated[
    str | None, typer.Option("--template", metavar="NAME", help="How it looks; see: ecg templates.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
