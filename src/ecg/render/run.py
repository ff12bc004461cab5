"""One render job at work, step by step; `ecg.render.tasks` says in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ecg.captions.scenario import Scenario
from ecg.errors import RenderError
from ecg.intake.video_input import fetch
from ecg.jobs.kinds import JobContext
from ecg.media import FrameTable, read_frame_table
from ecg.memory_meter import MemoryMeter
from ecg.render.captions import PaintedCaptions
from ecg.render.crew import Crew
from ecg.render.pipeline import burn
from ecg.render.report import RenderReport
from ecg.render.scenario_input import read_request_scenario
from ecg.render.schemas import RenderPayload, RenderResult
from ecg.render.telling import Telling
from ecg.settings import Settings
from ecg.store import ObjectStore, StoredObject, render_key

CONTENT_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}


@dataclass
class RenderRun:
    """The parts of one attempt. `memory` runs while the attempt does."""

    job: JobContext
    payload: RenderPayload
    settings: Settings
    store: ObjectStore
    memory: MemoryMeter

    def __post_init__(self) -> None:
        self.telling = Telling(self.job, self.memory, patience=self.settings.render_patience)
        self.output = self.job.folder / f"output.{self.payload.options.format}"

    def read(self) -> tuple[Scenario, tuple[str, ...]]:
        return read_request_scenario(self.payload.scenario, height=self.payload.options.height)

    def fetch(self) -> Path:
        """The video, in the job's folder."""
        message = "fetching the video"
        with self.telling.stage("fetch", message):
            return fetch(
                self.job,
                self.payload.video_url,
                self.settings,
                self.store,
                lambda done, total: self.telling.bytes_done("fetch", message, done, total),
            )

    def draw(self, video: Path, scenario: Scenario) -> RenderReport:
        """Burn the captions in, with browsers that stay for the next job unless memory is short."""
        job, gpu = self.job, self.settings.render_gpu
        crew: Crew = job.keep("browsers", lambda: Crew(gpu=gpu, lasts=True))
        with (
            self.telling.stage("render", "drawing captions"),
            PaintedCaptions(
                scenario, browsers=self.settings.render_browsers, crew=crew, short=job.memory_is_short
            ) as captions,
        ):
            report = burn(
                video,
                captions,
                self.output,
                self.payload.options.for_renderer(gpu=gpu),
                progress=self.telling.frames_done,
                cancelled=job.cancelled,
                planned=self.telling.planned,
                memory=self.memory,
            )
        if job.memory_is_short():
            crew.dismiss()
        return replace(report, warnings=(*report.warnings, *captions.warnings))

    def check(self, report: RenderReport) -> FrameTable:
        """Read the output as a player would: every frame is there. Raises RenderError."""
        with self.telling.stage("check", "checking the result"):
            table = read_frame_table(self.output)
        if len(table) != report.frames_processed or not table.complete:
            raise RenderError(
                f"the finished file is not whole: {len(table)} of {report.frames_processed} frames are in it"
            )
        return table

    def keep(self) -> StoredObject:
        """Put the output under the key that follows from the job's id: a second run overwrites it."""
        form, message = self.payload.options.format, "storing the result"
        with self.telling.stage("store", message):
            stored = self.store.put_file(
                render_key(self.job.tenant_id, self.job.job_id, form),
                self.output,
                content_type=CONTENT_TYPES[form],
                cancelled=self.job.cancelled,
                progress=lambda done, total: self.telling.bytes_done("store", message, done, total),
            )
        if self.job.cancelled():  # nothing of a cancelled job is kept
            self.store.delete(stored.key)
            self.job.check()
        return stored

    def result(
        self, stored: StoredObject, table: FrameTable, report: RenderReport, odd: tuple[str, ...]
    ) -> RenderResult:
        self.telling.measure_memory()
        return RenderResult(
            object_key=stored.key,
            content_type=stored.content_type,
            size=stored.size,
            duration=round(table.duration, 3),
            width=report.width,
            height=report.height,
            frames_processed=report.frames_processed,
            frames_dropped=report.frames_dropped,
            drop_rate=report.drop_rate,
            frames_copied=report.frames_copied,
            memory_peak_mb=self.memory.peak_mb,
            memory_trend=self.memory.trend,
            encoder=report.encoder,
            stage_seconds=self.telling.stage_seconds,
            warnings=[*odd, *report.warnings],
        )
