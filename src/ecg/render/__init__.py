"""Draws captions and burns them into pictures: the stage, its painters, the compositor and the encoder.

`render` makes a captioned video from a scenario, `still` one frame of it, `burn` takes any stream of caption
changes. See docs/architecture.md for the way of the data.
"""

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
from ecg.render.still import still

__all__ = ["PaintedCaptions", "RenderOptions", "RenderReport", "burn", "burn_overlay", "render", "still"]


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
