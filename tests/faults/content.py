"""What is in a video, as a player would find it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

import ecg.render
from ecg.media import read_frame_table
from ecg.render.scenario_input import read_request_scenario
from ecg.render.schemas import RenderPayload
from tests.faults.clips import RECIPES, Recipe

_BLOCK = 8
"""Pixels whose mean is compared: x264 does not code the same pictures to the very same pixels each time."""


@dataclass(frozen=True)
class Content:
    """`pictures` are the means of blocks of all decoded frames, `audio` digests of all packets."""

    complete: bool
    seconds: float
    pictures: NDArray[np.float32]
    audio: list[str]

    @property
    def frames(self) -> int:
        return len(self.pictures)

    def difference(self, other: Content) -> float:
        """The largest one of any block in any frame, of 255."""
        if self.pictures.shape != other.pictures.shape:
            return 255
        return float(np.abs(self.pictures - other.pictures).max())


def content_of(path: Path) -> Content:
    """Decodes all of it. Raises what damaged files raise."""
    table = read_frame_table(path)
    with av.open(str(path)) as container:
        pictures = [
            _means(np.asarray(frame.to_ndarray(format="gray"), np.float32))
            for frame in container.decode(video=0)
        ]
    with av.open(str(path)) as container:
        packets = [hashlib.sha256(bytes(packet)).hexdigest() for packet in container.demux(audio=0)]
    return Content(table.complete, table.duration, np.array(pictures), packets)


@dataclass(frozen=True)
class Original:
    """Of a recipe: the video, and what a render of it gives that nobody disturbs."""

    source: Content
    wanted: Content


def originals_of(inputs: Path) -> dict[str, Original]:
    """By the recipes' names; rendered in this process."""
    return {
        recipe.name: Original(content_of(inputs / recipe.file), content_of(_undisturbed(recipe, inputs)))
        for recipe in RECIPES
    }


def _undisturbed(recipe: Recipe, inputs: Path) -> Path:
    body = recipe.request("undisturbed", "", "")
    payload = RenderPayload(video_url=body["videoUrl"], scenario=body["scenario"], options=body["options"])
    scenario, _ = read_request_scenario(payload.scenario, height=payload.options.height)
    output = inputs / f"{recipe.name}.captioned.{payload.options.format}"
    ecg.render.render(inputs / recipe.file, scenario, output, payload.options.for_renderer(gpu=False))
    return output


def _means(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    high, wide = (side // _BLOCK for side in picture.shape)
    whole = picture[: high * _BLOCK, : wide * _BLOCK]
    means: NDArray[np.float32] = whole.reshape(high, _BLOCK, wide, _BLOCK).mean(axis=(1, 3))
    return means
