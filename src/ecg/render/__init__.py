"""Draws captions and burns them into pictures: the stage, its painters, the compositor and the encoder.

`render` makes a captioned video from a scenario, `still` one frame of it, `burn` takes any stream of caption
changes. See docs/architecture.md for the way of the data. They are looked up when first used: servers and
workers read what a job of the renderer is (`tasks`, `schemas`) and never draw.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecg.render.captions import PaintedCaptions
    from ecg.render.one_frame import still
    from ecg.render.options import RenderOptions
    from ecg.render.overlay_video import burn_overlay
    from ecg.render.pipeline import burn
    from ecg.render.rendering import render
    from ecg.render.report import RenderReport

__all__ = ["PaintedCaptions", "RenderOptions", "RenderReport", "burn", "burn_overlay", "render", "still"]

_HOMES = {
    "PaintedCaptions": "captions",
    "RenderOptions": "options",
    "RenderReport": "report",
    "burn": "pipeline",
    "burn_overlay": "overlay_video",
    "render": "rendering",
    "still": "one_frame",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ecg.render' has no attribute {name!r}")
    return getattr(import_module(f"ecg.render.{_HOMES[name]}"), name)
