"""An overlay at work: a render that draws on nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ecg.captions.scenario import Scenario
from ecg.errors import MediaError
from ecg.intake.index_alone import fetch_index
from ecg.media import read_frame_table
from ecg.render.captions import PaintedCaptions
from ecg.render.crew import Crew
from ecg.render.overlay_video import burn_overlay
from ecg.render.report import RenderReport
from ecg.render.run import RenderRun


class OverlayRun(RenderRun):
    def fetch(self) -> Path:
        """The video's index, where it can be had alone and tells each frame's time; else the whole video."""
        with self.telling.stage("fetch", "looking at the video"):
            index = fetch_index(self.job, self.payload.video_url, self.settings, self.store)
            if index is not None and _tells_times(index):
                return index
        return super().fetch()

    def draw(self, video: Path, scenario: Scenario) -> RenderReport:
        """Draw the captions in the video's size and at its times; its pictures are never decoded."""
        job = self.job
        crew: Crew = job.keep("browsers", lambda: Crew(gpu=self.settings.render_gpu, lasts=True))
        with (
            self.telling.stage("render", "drawing captions"),
            PaintedCaptions(
                scenario, browsers=self.settings.render_browsers, crew=crew, short=job.memory_is_short
            ) as captions,
        ):
            report = burn_overlay(
                video,
                captions,
                self.output,
                self.payload.options.for_renderer(gpu=False),
                progress=self.telling.frames_done,
                cancelled=job.cancelled,
            )
        if job.memory_is_short():
            crew.dismiss()
        return replace(report, warnings=(*report.warnings, *captions.warnings))


def _tells_times(index: Path) -> bool:
    """Whether the times of all frames can be read without their pictures."""
    try:
        table = read_frame_table(index)
    except MediaError:
        return False
    return table.exact and table.complete
