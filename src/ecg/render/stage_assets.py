"""What the stage page may load: its own files, the templates' styles, the fonts and the scene."""

from __future__ import annotations

from pathlib import Path

from ecg.assets import fonts
from ecg.captions.scene import Scene

STAGE_DIR = Path(__file__).parent / "stage"


def stage_assets(scene: Scene, template_css: str) -> dict[str, bytes | Path]:
    """Paths of the stage server and what stands there."""
    assets: dict[str, bytes | Path] = {f"/{file.name}": file for file in STAGE_DIR.iterdir()}
    assets["/templates.css"] = template_css.encode()
    assets["/fonts.css"] = fonts.stylesheet("/fonts/").encode()
    for face in fonts.installed():
        assets[f"/fonts/{face.file.name}"] = face.file
    assets["/scene.json"] = scene.model_dump_json().encode()
    return assets
