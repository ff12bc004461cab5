"""From a scenario and a video to a captioned video, or to the captions alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ecg.captions.scenario import Scenario
from ecg.render.captions import PaintedCaptions
from ecg.render.options import RenderOptions
from ecg.render.overlay_video import burn_overlay
from ecg.render.pipeline import burn
from ecg.render.report import RenderReport


def render(
    video: Path,
    scenario: Scenario,
    output: Path,
    options: RenderOptions | None = None,
    *,
    overlay_only: bool = False,
    browsers: int | None = None,
    template_folders: Sequence[Path] = (),
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RenderReport:
    """Burn a scenario into a video, or with `overlay_only` write its captions alone, with alpha.

    `browsers` paint at once. `progress` is told (frames done, frames in all). Raises what `burn` raises, and
    InputError where the scenario names an unknown template.
    """
    options = options or RenderOptions()
    write = burn_overlay if overlay_only else burn
    with PaintedCaptions(
        scenario, browsers=browsers, gpu=options.gpu, template_folders=template_folders
    ) as captions:
        report = write(video, captions, output, options, progress=progress, cancelled=cancelled)
    return replace(report, warnings=(*report.warnings, *captions.warnings))
