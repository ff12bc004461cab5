"""The engine that needs no model: what pixels alone can prove, each finding with the method that made it."""

from __future__ import annotations

from ecg.live.analysis.engines.base import Seen, Telling, Wishes
from ecg.live.analysis.vision.footage import Footage
from ecg.live.analysis.vision.summing_up import summary_of
from ecg.live.analysis.vision.survey import survey


class LocalEngine:
    """Camera health, motion, people, and falls as an experiment. It reads no wishes: it knows no words."""

    name = "local"

    def check_ready(self) -> None:
        """It always is."""

    def look(self, footage: Footage, wishes: Wishes, tell: Telling) -> Seen:
        del wishes
        seen = survey(footage, people=True, tell=tell)
        return Seen(
            seconds=seen.seconds,
            findings=seen.findings,
            activity=seen.activity,
            summary=summary_of(seen),
            engine=self.name,
        )
