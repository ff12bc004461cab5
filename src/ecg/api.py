"""The plain functions behind every command of `ecg`; also what other Python programs call.

Each function takes paths and plain values, raises `ecg.EcgError` (see `ecg.errors`) and tells its progress
as ``progress(stage, share)``: the name of the stage that runs and the share of it that is done, 0 … 1.
Results are written whole or not at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ecg.errors import EcgError, InputError

if TYPE_CHECKING:
    from ecg.assets.inventory import Model
    from ecg.captions.formats import Finding
    from ecg.captions.scenario import Scenario
    from ecg.captions.template import Template
    from ecg.doctor import Diagnosis
    from ecg.render.options import RenderOptions
    from ecg.render.report import RenderReport
    from ecg.speech.result import AnalysisResult

EngineName = Literal["auto", "pocketsphinx", "faster-whisper", "whisperx"]
FormatName = Literal["mp4", "mov", "webm"]
Progress = Callable[[str, float], None]
"""``progress(stage, share)``; the stages are those that `ecg.cli.messages` names."""
StrPath = str | Path

_LISTENING = (
    (0.0, "start"),
    (10.0, "audio"),
    (25.0, "activity"),
    (40.0, "speakers"),
    (60.0, "words"),
    (75.0, "emotion"),
    (90.0, "result"),
)
"""Where the bands of the speech pipeline begin, in percent (contracts: progress of an analysis)."""


@dataclass(frozen=True, slots=True)
class Captioned:
    """What `caption` made, and everything it learnt on the way."""

    output: Path
    analysis: AnalysisResult
    scenario: Scenario
    report: RenderReport
    seconds: dict[str, float]
    """Wall time by ``listen``, ``compose`` and ``render``."""

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*self.analysis.metadata.warnings, *self.report.warnings)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What `render_video` made."""

    output: Path
    report: RenderReport


@dataclass(frozen=True, slots=True)
class Written:
    """What `scenario` made."""

    scenario: Scenario
    warnings: tuple[str, ...]
    """What the source says that had to be read leniently."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a caption file is valid, and everything that a careful reader would remark."""

    path: Path
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def as_dict(self) -> dict[str, Any]:
        found = [asdict(finding) for finding in self.findings]
        return {"path": str(self.path), "valid": self.valid, "findings": found}


def caption(
    video: StrPath,
    output: StrPath | None = None,
    *,
    language: str = "auto",
    engine: EngineName = "auto",
    speakers: int | None = None,
    template: str | None = None,
    transcript: StrPath | None = None,
    progress: Progress | None = None,
) -> Captioned:
    """Listen to `video`, write its captions and burn them in; by default to NAME.captioned.mp4 beside it.

    See `transcribe` for `language`, `engine`, `speakers` and `transcript`, and `scenario` for `template`.
    """
    from ecg import templates

    target = Path(output) if output is not None else _captioned_name(Path(video))
    if template is not None:
        templates.load(template)  # an unknown name is an error before an hour of listening, not after it
    began = time.perf_counter()
    analysis = transcribe(
        video,
        language=language,
        engine=engine,
        speakers=speakers,
        transcript=transcript,
        progress=progress,
    )
    listened = time.perf_counter()
    if progress:
        progress("compose", 0.0)
    written = scenario(analysis, template=template)
    composed = time.perf_counter()
    report = _burn(Path(video), written.scenario, target, progress=progress)
    seconds = {
        "listen": listened - began,
        "compose": composed - listened,
        "render": time.perf_counter() - composed,
    }
    return Captioned(target, analysis, written.scenario, report, seconds)


def transcribe(
    video: StrPath,
    output: StrPath | None = None,
    *,
    language: str = "auto",
    engine: EngineName = "auto",
    speakers: int | None = None,
    transcript: StrPath | None = None,
    emotion: bool = True,
    progress: Progress | None = None,
) -> AnalysisResult:
    """Listen to `video`: words with times, speakers, loudness, pitch and mood; written to `output` if given.

    `language` is an ISO 639-1 code or ``auto``. `speakers` is their number, where it is known. `transcript`
    names a text file with what is said: its words are aligned to the sound instead of being recognised.
    """
    from ecg.speech.pipeline import transcribe as listen

    result = listen(
        Path(video),
        language=language,
        engine=engine,
        speakers=speakers,
        transcript=transcript,
        emotion=emotion,
        progress=_by_band(progress) if progress else None,
    )
    if output is not None:
        _write(Path(output), result.model_dump_json(indent=2).encode(), inputs=(Path(video),))
    return result


def scenario(
    source: StrPath | AnalysisResult, output: StrPath | None = None, *, template: str | None = None
) -> Written:
    """The scenario of an analysis result, a subtitle file or a foreign scenario (docs/captions.md).

    Recognised speech is cut into captions that can be read; captions that an author made stay as they are.
    `template` replaces the one that the source names. The scenario is written to `output` where given.
    """
    from ecg import templates
    from ecg.captions import formats
    from ecg.captions.reading import caption_cues

    if isinstance(source, (str, Path)):
        read = formats.read(_read_bytes(Path(source)), name=Path(source).name)
    else:
        read = formats.read(source.model_dump_json().encode(), name="analysis.json")
    found = caption_cues(read.scenario)
    if template is not None:
        found = found.model_copy(update={"template": template})
    templates.load(found.template)
    if output is not None:
        inputs = (Path(source),) if isinstance(source, (str, Path)) else ()
        _write(Path(output), formats.write(found, "json"), inputs=inputs)
    return Written(found, read.warnings)


def convert(source: StrPath, target: StrPath) -> tuple[str, ...]:
    """Turn captions into another format, by the extension of `target`; answers what was read leniently.

    Raises UnsupportedFormat for an extension that is not written, ScenarioError for a broken source.
    """
    from ecg.captions import formats

    source, target = Path(source), Path(target)
    form = formats.format_of(target.name)
    read = formats.read(_read_bytes(source), name=source.name)
    _write(target, formats.write(read.scenario, form), inputs=(source,))
    return read.warnings


def check(path: StrPath) -> Checked:
    """Say what is wrong with a caption file of any format, and where; only a missing file raises."""
    from ecg.captions import formats

    path = Path(path)
    return Checked(path, tuple(formats.check(_read_bytes(path), name=path.name)))


def still(video: StrPath, scenario: StrPath | Scenario, *, at: float, output: StrPath) -> tuple[str, ...]:
    """Draw the frame of `video` that is shown at `at` seconds with its captions, as PNG; answers warnings."""
    from ecg.render import still as draw

    drawn, warnings = _scenario_of(scenario)
    return (*warnings, *draw(Path(video), drawn, at=at, output=Path(output)))


def render_video(
    video: StrPath,
    scenario: StrPath | Scenario,
    output: StrPath | None = None,
    *,
    width: int | None = None,
    height: int | None = None,
    fps: str | Fraction | float | None = None,
    format: FormatName | None = None,
    quality: int | None = None,
    crf: int | None = None,
    preset: str | None = None,
    overlay_only: bool = False,
    browsers: int | None = None,
    gpu: bool = False,
    template: str | None = None,
    report: StrPath | None = None,
    progress: Progress | None = None,
) -> Rendered:
    """Burn a scenario (or any subtitle file) into `video`; by default to NAME.captioned.mp4 beside it.

    `width`, `height`, `fps`, `format`, `quality`, `crf`, `preset` and `gpu` are those of
    `ecg.render.options.RenderOptions`. `overlay_only` writes the captions alone, with alpha. `browsers` paint
    at once; by default as many as pay off. `report` names a JSON file for frames, memory and times.
    """
    from ecg.render.options import DEFAULT_PRESET, RenderOptions, frame_rate

    drawn, warnings = _scenario_of(scenario, template)
    options = RenderOptions(
        width=width,
        height=height,
        fps=None if fps is None else frame_rate(fps),
        format=format,
        quality=quality,
        crf=crf,
        gpu=gpu,
        preset=preset or DEFAULT_PRESET,
    )
    extension = format or ("mov" if overlay_only else "mp4")
    target = Path(output) if output is not None else _captioned_name(Path(video), extension)
    made = _burn(
        Path(video), drawn, target, options, overlay_only=overlay_only, browsers=browsers, progress=progress
    )
    made = replace(made, warnings=(*warnings, *made.warnings))
    if report is not None:
        _write(Path(report), json.dumps(made.as_dict(), indent=2, default=str).encode())
    return Rendered(target, made)


def list_templates() -> list[Template]:
    """The manifests of all templates, "intention" first."""
    from ecg import templates

    return templates.available()


def pull_models(*, progress: Progress | None = None) -> list[EcgError]:
    """Fetch the fonts and weights that are not here yet; answers what could not be had, and why."""
    from ecg.assets import inventory

    return inventory.pull(progress)


def list_models() -> list[Model]:
    """Everything that is fetched and not installed, here or not."""
    from ecg.assets import inventory

    return inventory.listing()


def diagnose() -> Diagnosis:
    """Check everything that captioning needs; see `ecg.doctor`."""
    from ecg import doctor

    return doctor.diagnose()


def _burn(
    video: Path,
    drawn: Scenario,
    target: Path,
    options: RenderOptions | None = None,
    *,
    overlay_only: bool = False,
    browsers: int | None = None,
    progress: Progress | None = None,
) -> RenderReport:
    from ecg.render import render

    def frames_done(done: int, total: int) -> None:
        if progress:
            progress("render", done / total if total else 1.0)

    return render(
        video,
        drawn,
        target,
        options,
        overlay_only=overlay_only,
        browsers=browsers,
        progress=frames_done,
    )


def _by_band(progress: Progress) -> Callable[[float, str], None]:
    """What the speech pipeline tells, percent of all and a message, as the stage and its share.

    A new message begins the band that its percent lies in: a band ends where the next one begins.
    """
    told: tuple[str, int] | None = None

    def tell(percent: float, message: str) -> None:
        nonlocal told
        if told is None or told[0] != message:
            band = max(i for i, (start, _) in enumerate(_LISTENING) if start <= percent)
            told = (message, band)
        start, stage = _LISTENING[told[1]]
        end = _LISTENING[told[1] + 1][0] if told[1] + 1 < len(_LISTENING) else 100.0
        progress(stage, (percent - start) / (end - start))

    return tell


def _captioned_name(video: Path, extension: str = "mp4") -> Path:
    return video.with_name(f"{video.stem}.captioned.{extension}")


def _scenario_of(source: StrPath | Scenario, template: str | None = None) -> tuple[Scenario, tuple[str, ...]]:
    """What is to be drawn: our own scenarios as they are, anything else as `scenario` makes it."""
    from ecg.captions import formats

    if not isinstance(source, (str, Path)):
        return source, ()
    read = formats.read(_read_bytes(Path(source)), name=Path(source).name)
    if read.source_format == "scenario" and template is None:
        return read.scenario, read.warnings
    written = scenario(source, template=template)
    return written.scenario, written.warnings


def _read_bytes(path: Path) -> bytes:
    """The file's content; what is larger than any caption file may be is not read to its end."""
    from ecg.captions.formats.decoding import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error


def _write(path: Path, data: bytes, *, inputs: tuple[Path, ...] = ()) -> None:
    from ecg.render.output import whole_file, writing_error

    with whole_file(path, inputs=inputs) as partial:
        try:
            partial.write_bytes(data)
        except OSError as error:
            raise writing_error(path, error) from error
