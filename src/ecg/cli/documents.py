"""Commands that make, turn and check documents: transcribe, scenario, convert, check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ecg.cli import options
from ecg.cli.messages import say
from ecg.cli.outcome import concluded, tell
from ecg.cli.progress import Stages


@concluded
def transcribe(
    video: options.Video,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="RESULT.json", help="By default NAME.analysis.json."),
    ] = None,
    *,
    language: options.Language = "auto",
    engine: options.EngineOption = options.Engine.AUTO,
    speakers: options.Speakers = None,
    transcript: options.Transcript = None,
) -> None:
    """Write down who says what, when and how.

    Words with times, speakers, loudness, pitch and mood, as JSON.
    """
    from ecg import api

    target = output or video.with_suffix(".analysis.json")
    with Stages() as stages:
        result = api.transcribe(
            video,
            target,
            language=language,
            engine=engine.value,
            speakers=speakers,
            transcript=transcript,
            progress=stages,
        )
    for warning in result.metadata.warnings:
        tell("warning", warning)
    words = sum(len(segment.words) for segment in result.segments)
    print(
        say(
            "transcribe.summary",
            words=words,
            speakers=result.metadata.unique_speakers,
            language=result.language,
            engine=result.metadata.engine,
            reason=result.metadata.engine_reason,
        )
    )
    print(say("wrote", path=target))


@concluded
def scenario(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="An analysis result, a subtitle file or any scenario.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="SCENARIO.json", help="By default NAME.scenario.json."),
    ] = None,
    template: options.Template = None,
) -> None:
    """Make a scenario out of any caption file.

    The scenario is the document that says what stands on the screen, and when.
    """
    from ecg import api

    target = output or source.with_name(f"{source.name.split('.')[0]}.scenario.json")
    made = api.scenario(source, target, template=template)
    for warning in made.warnings:
        tell("warning", warning)
    print(say("scenario.summary", cues=len(made.scenario.cues), speakers=len(made.scenario.speakers)))
    print(say("wrote", path=target))


@concluded
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A caption file of any readable format.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Its extension says the format to write.")],
) -> None:
    """Turn captions into another format."""
    from ecg import api

    for warning in api.convert(source, target):
        tell("warning", warning)
    print(say("wrote", path=target))


@concluded
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario, subtitle or analysis file.")],
    as_json: options.AsJson = False,
) -> None:
    """Say whether a caption file is valid.

    Prints where it is not, and which reading rules it breaks. Exit code 2 when it is not valid.
    """
    from ecg import api

    checked = api.check(file)
    if as_json:
        print(json.dumps(checked.as_dict(), ensure_ascii=False, indent=2))
        raise typer.Exit(0 if checked.valid else 2)
    for finding in checked.findings:
        at = f" (at {finding.where})" if finding.where else ""
        hint = f"; {say('hint')}: {finding.hint}" if finding.hint else ""
        tell(
            "error" if finding.severity == "error" else "warning",
            f"{finding.code}: {finding.message}{at}{hint}",
        )
    print(say("check.valid" if checked.valid else "check.invalid", path=file))
    if not checked.valid:
        raise typer.Exit(2)
