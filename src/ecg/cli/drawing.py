"""Commands that draw: caption, still, render."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ecg.cli import options
from ecg.cli.messages import say
from ecg.cli.outcome import concluded, tell
from ecg.cli.progress import Stages

if TYPE_CHECKING:
    from ecg.render.report import RenderReport


class Container(StrEnum):
    """The kinds of video file that are written."""

    MP4 = "mp4"
    MOV = "mov"
    WEBM = "webm"


_SIZE = "How large"
_QUALITY = "How good"
_HOW = "How it is done"


@concluded
def caption(
    video: options.Video,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="By default NAME.captioned.mp4.")
    ] = None,
    *,
    language: options.Language = "auto",
    engine: options.EngineOption = options.Engine.AUTO,
    speakers: options.Speakers = None,
    template: options.Template = None,
    transcript: options.Transcript = None,
) -> None:
    """Caption a video: listen, write, draw, burn in."""
    from ecg import api

    with Stages() as stages:
        made = api.caption(
            video,
            output,
            language=language,
            engine=engine.value,
            speakers=speakers,
            template=template,
            transcript=transcript,
            progress=stages,
        )
    for warning in made.warnings:
        tell("warning", warning)
    analysis = made.analysis.metadata
    print(
        say(
            "caption.summary",
            words=sum(len(segment.words) for segment in made.analysis.segments),
            cues=len(made.scenario.cues),
            speakers=analysis.unique_speakers,
            language=made.analysis.language,
            engine=analysis.engine,
        )
    )
    _print_report(made.report)
    print(say("caption.seconds", **{stage: f"{seconds:.1f}" for stage, seconds in made.seconds.items()}))
    print(say("wrote", path=made.output))


@concluded
def still(
    video: options.Video,
    scenario: options.ScenarioFile,
    at: Annotated[float, typer.Option("--at", metavar="SECONDS", min=0, help="The moment to draw.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FRAME.png")],
) -> None:
    """Draw one frame with its captions, as `render` would."""
    from ecg import api

    for warning in api.still(video, scenario, at=at, output=output):
        tell("warning", warning)
    print(say("wrote", path=output))


@concluded
def render(
    video: options.Video,
    scenario: options.ScenarioFile,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="By default NAME.captioned.mp4.")
    ] = None,
    *,
    width: Annotated[int | None, typer.Option(help="Pixels.", rich_help_panel=_SIZE)] = None,
    height: Annotated[int | None, typer.Option(help="Pixels.", rich_help_panel=_SIZE)] = None,
    fps: Annotated[
        str | None, typer.Option(metavar="RATE", help="Such as 30 or 30000/1001.", rich_help_panel=_SIZE)
    ] = None,
    form: Annotated[
        Container | None,
        typer.Option("--format", help="Else the extension of OUT says it.", rich_help_panel=_SIZE),
    ] = None,
    quality: Annotated[
        int | None, typer.Option(help="1 to 100, higher is better.", rich_help_panel=_QUALITY)
    ] = None,
    crf: Annotated[
        int | None, typer.Option(help="x264's own scale, 0 to 51, lower is better.", rich_help_panel=_QUALITY)
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="x264's speed preset, such as veryfast.", rich_help_panel=_QUALITY)
    ] = None,
    overlay_only: Annotated[
        bool,
        typer.Option(
            "--overlay-only", help="The captions alone, with alpha: mov or webm.", rich_help_panel=_HOW
        ),
    ] = False,
    browsers: Annotated[
        int | None, typer.Option(min=1, max=16, help="Browsers that paint at once.", rich_help_panel=_HOW)
    ] = None,
    gpu: Annotated[
        bool,
        typer.Option(
            "--gpu-mode/--cpu-mode", help="Hardware encoder and GPU painting.", rich_help_panel=_HOW
        ),
    ] = False,
    template: options.Template = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="REPORT.json", help="Write frames, memory and times there.", rich_help_panel=_HOW
        ),
    ] = None,
) -> None:
    """Burn a scenario, or any subtitle file, into a video."""
    from ecg import api

    with Stages() as stages:
        made = api.render_video(
            video,
            scenario,
            output,
            width=width,
            height=height,
            fps=fps,
            format=form.value if form else None,
            quality=quality,
            crf=crf,
            preset=preset,
            overlay_only=overlay_only,
            browsers=browsers,
            gpu=gpu,
            template=template,
            report=report,
            progress=stages,
        )
    for warning in made.report.warnings:
        tell("warning", warning)
    _print_report(made.report)
    print(say("wrote", path=made.output))


def _print_report(report: RenderReport) -> None:
    print(
        say(
            "render.summary",
            frames=report.frames_processed,
            seconds=f"{report.seconds:.1f}",
            speed=f"{report.speed:.2f}",
            memory=f"{report.memory_peak_mb:.0f}",
        )
    )
