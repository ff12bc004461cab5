"""Clips of a made-up camera with known truth: what happens in them, and when.

The camera is a still one: a room with furniture, light that wavers a little, sensor noise. People are drawn
figures that walk with swinging legs; a fall tips one over and leaves it lying. Everything is encoded by H.264
as a camera does it, so what an encoder makes of a frozen or a black picture is in the clips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Change = Callable[[Image, float], Image]
"""Picture and seconds to picture."""
Stretch = tuple[float, float]

WIDTH, HEIGHT, RATE = 640, 360, 10
NOISE_FIELDS = 12
NOISE = 2.5
"""Standard deviation of the sensor's noise, grey levels."""


@dataclass(frozen=True)
class Clip:
    """What to make, and the truth: categories of incidents with their seconds, and how many people when."""

    name: str
    seconds: float
    changes: tuple[Change, ...] = ()
    walkers: tuple[Walker, ...] = ()
    incidents: dict[str, list[Stretch]] = field(default_factory=dict)
    freeze: Stretch | None = None
    freeze_noise: float = 0.0
    noise: float = NOISE

    def people_at(self, second: float) -> int:
        """How many stand or walk there, wholly in the picture."""
        return sum(walker.visible(second) and not walker.tilt(second) for walker in self.walkers)


@dataclass(frozen=True)
class Walker:
    """Walks along a line from `begin` on; `falls` at a moment, and stays lying until `end`."""

    begin: float
    end: float
    from_x: float
    to_x: float
    feet: float = 0.92
    """Where the feet are, as a share of the height."""
    tall: float = 0.5
    colour: tuple[int, int, int] = (40, 35, 60)
    falls: float | None = None
    bends: float | None = None
    """When it bends down to the floor, for three seconds."""

    def visible(self, second: float) -> bool:
        """Whether the whole of it is in the picture."""
        half = 0.45 * self.tall * HEIGHT / WIDTH / 2
        return self.begin <= second < self.end and half < self.place(second) < 1 - half

    def place(self, second: float) -> float:
        stop = self.falls if self.falls is not None else self.end
        share = (min(second, stop) - self.begin) / (stop - self.begin)
        return self.from_x + (self.to_x - self.from_x) * share

    def tilt(self, second: float) -> float:
        """Degrees; a fall takes 0.7 s."""
        if self.bends is not None and self.bends <= second < self.bends + 3:
            return 70.0 * float(np.clip(min(second - self.bends, self.bends + 3 - second) / 0.5, 0, 1))
        if self.falls is None or second < self.falls:
            return 0.0
        return min(90.0, (second - self.falls) / 0.7 * 90)


def write_clip(clip: Clip, path: Path, *, rate: int = RATE, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """The clip as an mp4."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.gop_size, stream.time_base = 2 * rate, Fraction(1, rate)
        for number, image in enumerate(pictures(clip, rate)):
            if size != (WIDTH, HEIGHT):
                image = cv2.resize(image, size).astype(np.uint8)  # noqa: PLW2901
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def pictures(clip: Clip, rate: int = RATE) -> Iterator[Image]:
    random = np.random.default_rng(7)
    room = background()
    kept: Image | None = None
    for number in range(round(clip.seconds * rate)):
        second = number / rate
        image = clean(clip, room, second)
        if clip.freeze is not None and clip.freeze[0] <= second < clip.freeze[1]:
            if kept is None:
                kept = noisy(image, clip.noise, random)
            yield noisy(kept, clip.freeze_noise, random) if clip.freeze_noise else kept
            continue
        yield noisy(image, clip.noise, random)


def clean(clip: Clip, room: Image, second: float) -> Image:
    """Without noise: the room in its wavering light, the people, then what happens to the camera."""
    light = 1 + 0.02 * np.sin(second / 1.7) + 0.01 * np.sin(second * 1.3)
    image: Image = np.asarray(np.clip(room * light, 0, 255), dtype=np.uint8)
    for walker in clip.walkers:
        if walker.begin <= second < walker.end:
            draw(walker, image, second)
    for change in clip.changes:
        image = change(image, second)
    return image


def noisy(image: Image, deviation: float, random: np.random.Generator) -> Image:
    """With sensor noise: of a few fields of it one, shifted anywhere, for making them is what takes time."""
    field = _noise(deviation)[int(random.integers(0, NOISE_FIELDS))]
    shift = (int(random.integers(0, HEIGHT)), int(random.integers(0, WIDTH)))
    grain = np.roll(field, shift, axis=(0, 1))
    return np.asarray(cv2.add(image, grain, dtype=cv2.CV_8U), dtype=np.uint8)


@lru_cache(maxsize=4)
def _noise(deviation: float) -> NDArray[np.int16]:
    fields = np.random.default_rng(11).normal(0, deviation, (NOISE_FIELDS, HEIGHT, WIDTH, 1))
    return np.repeat(np.round(fields), 3, axis=3).astype(np.int16)


def background(seed: int = 3) -> Image:
    """A light room: wall, floor, a door, shelves with things on them, a window."""
    random = np.random.default_rng(seed)
    grain = cv2.GaussianBlur(random.normal(0, 14, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 3) * 3
    room = np.empty((HEIGHT, WIDTH, 3), np.float32)
    room[:250], room[250:] = (176, 184, 190), (120, 134, 150)
    room += grain[:, :, None]
    for _ in range(26):
        x, y = int(random.integers(0, WIDTH - 70)), int(random.integers(10, 200))
        w, h = int(random.integers(12, 70)), int(random.integers(10, 60))
        colour = tuple(int(c) for c in random.integers(90, 240, 3))
        cv2.rectangle(room, (x, y), (x + w, y + h), colour, -1)
        cv2.rectangle(room, (x, y), (x + w, y + h), (70, 75, 80), 1)
    for x in range(0, WIDTH, 64):
        cv2.line(room, (x, HEIGHT), (WIDTH // 2 + (x - WIDTH // 2) // 3, 250), (100, 110, 125), 1)
    return np.asarray(np.clip(room, 0, 255), dtype=np.uint8)


def draw(walker: Walker, image: Image, second: float) -> None:
    """A person from the side: head, body, swinging arms and legs, drawn upright and tipped by its tilt."""
    tall = walker.tall * HEIGHT
    phase = 0.0 if walker.falls is not None and second >= walker.falls else np.sin(second * 5.5)
    feet = np.array([walker.place(second) * WIDTH, walker.feet * HEIGHT])
    angle = np.radians(walker.tilt(second))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def at(across: float, up: float) -> tuple[int, int]:
        x, y = feet + turn @ np.array([across * tall, -up * tall])
        return round(float(x)), round(float(y))

    def limb(
        one: tuple[float, float], other: tuple[float, float], wide: float, colour: tuple[int, ...]
    ) -> None:
        cv2.line(image, at(*one), at(*other), colour, max(1, round(wide * tall)), cv2.LINE_AA)

    trousers = tuple(int(c * 0.7) for c in walker.colour)
    for side in (-1, 1):
        limb((0.045 * side, 0.48), (0.05 * side + 0.09 * side * phase, 0.03), 0.085, trousers)
        limb((0.11 * side, 0.78), (0.13 * side - 0.06 * side * phase, 0.45), 0.055, walker.colour)
    limb((0, 0.5), (0, 0.77), 0.2, walker.colour)
    cv2.circle(image, at(0, 0.925), max(2, round(0.068 * tall)), (120, 150, 190), -1, cv2.LINE_AA)


def during(begin: float, end: float, change: Callable[[Image], Image]) -> Change:
    return lambda image, second: change(image) if begin <= second < end else image


def blackened(image: Image) -> Image:
    return np.full_like(image, 4)


def whitened(image: Image) -> Image:
    return np.full_like(image, 251)


def veiled(image: Image) -> Image:
    """A hand or a cloth before the lens: dark, and without any edge."""
    return (cv2.GaussianBlur(image, (0, 0), 40) // 3).astype(np.uint8)


def defocused(image: Image) -> Image:
    return cv2.GaussianBlur(image, (0, 0), 7).astype(np.uint8)


def turned(image: Image) -> Image:
    """The camera was knocked: what it sees lies elsewhere in the picture, and new things at its edge."""
    return np.roll(cv2.flip(image, 0), (0, 210), axis=(0, 1)).astype(np.uint8)


def shifted(image: Image) -> Image:
    return np.roll(image, (40, 130), axis=(0, 1)).astype(np.uint8)


def dimmed(image: Image) -> Image:
    """At night: the camera amplifies what little light there is, and its noise."""
    return (image * 0.22).astype(np.uint8)


def lit(image: Image) -> Image:
    """Another lamp is on."""
    return np.asarray(np.clip(image.astype(np.float32) * 1.25 + 12, 0, 255), dtype=np.uint8)


PASSING = (Walker(6, 18, -0.05, 1.05), Walker(30, 44, 1.05, -0.05, colour=(60, 30, 30)))
"""Two people, one after the other, from side to side."""

MADE = (
    Clip("quiet room", 60),
    Clip("people walk by", 60, walkers=PASSING),
    Clip("black", 60, (during(20, 34, blackened),), PASSING, {"camera_black": [(20, 34)]}),
    Clip("white", 60, (during(20, 34, whitened),), PASSING, {"camera_white": [(20, 34)]}),
    Clip("covered", 60, (during(20, 36, veiled),), PASSING, {"camera_covered": [(20, 36)]}),
    Clip("out of focus", 60, (during(20, 36, defocused),), PASSING, {"camera_covered": [(20, 36)]}),
    Clip("turned away and back", 60, (during(22, 38, turned),), PASSING, {"camera_moved": [(22, 38)]}),
    Clip("knocked for good", 60, (during(38, 99, shifted),), PASSING, {"camera_moved": [(38, 60)]}),
    Clip("frozen", 60, walkers=PASSING, incidents={"camera_frozen": [(22, 40)]}, freeze=(22, 40)),
    Clip(
        "frozen under noise",
        60,
        walkers=PASSING,
        incidents={"camera_frozen": [(22, 40)]},
        freeze=(22, 40),
        freeze_noise=2.0,
    ),
    Clip(
        "fall",
        40,
        walkers=(Walker(4, 40, 0.05, 0.6, falls=14),),
        incidents={"fall": [(14, 18)]},
    ),
    Clip(
        "fall while another walks on",
        50,
        walkers=(
            Walker(4, 50, 0.9, 0.55, falls=16, colour=(70, 40, 30)),
            Walker(26, 38, -0.05, 1.05, feet=0.8, tall=0.42),
        ),
        incidents={"fall": [(16, 20)]},
    ),
    Clip(
        "stops and walks on",
        50,
        walkers=(Walker(4, 14, -0.05, 0.5), Walker(14, 26, 0.5, 0.501), Walker(26, 36, 0.5, 1.05)),
    ),
    Clip("bends down and walks on", 40, walkers=(Walker(4, 30, -0.05, 1.05, bends=16),)),
    Clip("night", 60, (during(0, 99, dimmed),), PASSING, noise=5.0),
    Clip("a lamp is switched on and off", 60, (during(21, 41, lit),), PASSING),
)
"""All clips of known truth."""
