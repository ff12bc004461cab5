"""Where a recording host keeps what: one folder a camera below `{data_dir}/live`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ecg.settings import Settings
from ecg.store.keys import safe_segment


@dataclass(frozen=True, slots=True)
class CameraPlaces:
    """`hls`: live segments and the playlist; `open`: recordings that are written; `archive`: closed ones."""

    root: Path

    @property
    def hls(self) -> Path:
        return self.root / "hls"

    @property
    def open(self) -> Path:
        return self.root / "open"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    def make(self) -> None:
        for folder in (self.hls, self.open, self.archive):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def live_root(settings: Settings) -> Path:
    return settings.data_dir / "live"


def places_of(settings: Settings, tenant_id: str, camera_id: str) -> CameraPlaces:
    return CameraPlaces(live_root(settings) / safe_segment(tenant_id) / safe_segment(camera_id))
