"""The effects that the stage can draw, as the pure packages need to know them.

The movements themselves are Web Animations in `ecg/render/stage/effects.js`. This table carries what
readers and the composer must know without a browser: which names exist, what moves one by one, which
parameters there are and when an effect runs if its author does not say. A test holds the two tables against
each other.

Names, defaults and windows are those of MotionText scenarios (1.3 and 2.0). Names are case-sensitive:
``fadein`` goes by letters, ``fadeIn`` moves the whole word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ecg.captions.scenario import Scenario

Default = bool | float | str | None
Offset = float | str
"""Seconds, or a percentage of the effect's base time such as ``"-10%"``."""

Unit = Literal["char", "word", "whole"]


@dataclass(frozen=True, slots=True)
class KnownEffect:
    """One effect. `unit` is what moves by itself: letters, words, or the word or cue that carries the
    effect."""

    name: str
    unit: Unit
    params: Mapping[str, Default]
    """Names and default values; nested ones are written with a dot (``pulse.scale``)."""
    window: tuple[Offset, Offset] = (-0.3, 0.3)
    """MotionText's `timeOffset` where the author gives none."""


FIRST_UNIT = "firstUnit"
UNITS = "units"
SHARING = frozenset({FIRST_UNIT, UNITS})
"""Parameters that every effect takes: where a text of several words shares an effect, the index of the word's
first unit in the text and the number of units of the whole text."""

_STILL: tuple[Offset, Offset] = (0.0, 0.0)

_TABLE: tuple[KnownEffect, ...] = (
    KnownEffect(
        "fadein",
        "char",
        {
            "staggerDelay": 0.1,
            "animationDuration": 0.8,
            "startOpacity": 0.0,
            "scaleStart": 0.9,
            "ease": "power2.out",
        },
    ),
    KnownEffect(
        "slideup",
        "word",
        {
            "slideDistance": 30.0,
            "animationDuration": 1.0,
            "staggerDelay": 0.12,
            "easeType": "power2.out",
            "blurEffect": True,
        },
    ),
    KnownEffect(
        "elastic",
        "word",
        {
            "bounceStrength": 0.7,
            "animationDuration": 1.5,
            "staggerDelay": 0.1,
            "startScale": 0.0,
            "overshoot": 1.3,
        },
    ),
    KnownEffect(
        "scalepop",
        "char",
        {
            "popScale": 1.5,
            "animationDuration": 1.2,
            "staggerDelay": 0.08,
            "bounceStrength": 0.6,
            "colorPop": True,
        },
    ),
    KnownEffect(
        "rotation",
        "char",
        {
            "rotationDegrees": 360.0,
            "animationDuration": 1.5,
            "staggerDelay": 0.1,
            "perspective": 800.0,
            "axisX": False,
            "axisY": True,
            "axisZ": False,
        },
    ),
    KnownEffect(
        "magnetic",
        "char",
        {"magnetStrength": 15.0, "animationDuration": 1.2, "attractionDelay": 0.1, "elasticity": 0.8},
    ),
    KnownEffect(
        "typewriter",
        "char",
        {"typingSpeed": 0.05, "showCursor": True, "cursorBlink": True, "cursorChar": "|"},
    ),
    KnownEffect(
        "fliptype",
        "char",
        {
            "typingSpeed": 15.0,
            "typingDelay": 0.3,
            "flipDuration": 0.6,
            "flipAngle": 180.0,
            "flipDirection": "horizontal",
        },
    ),
    KnownEffect(
        "glitch",
        "whole",
        {"glitchIntensity": 5.0, "animationDuration": 2.0, "colorSeparation": True, "noiseEffect": True},
    ),
    KnownEffect("glow", "whole", {"color": "#00ffff", "intensity": 0.4, "pulse": True, "cycles": 8.0}),
    KnownEffect("flames", "whole", {"baseOpacity": 0.8, "flicker": 0.3, "cycles": 12.0}),
    KnownEffect("pulse", "whole", {"maxScale": 1.2, "cycles": 1.0}, _STILL),
    KnownEffect("bobY", "whole", {"amplitudePx": 8.0, "cycles": 1.0}, _STILL),
    KnownEffect("spin", "whole", {"fullTurns": 1.0}, _STILL),
    KnownEffect("cwi-color", "char", {"color": None, "bulk": False}, ("0%", "-10%")),
    KnownEffect("cwi-bouncing", "char", {"waveHeight": 12.0, "letterDuration": 0.6, "scale": 1.15}),
    KnownEffect(
        "cwi-loud",
        "whole",
        {"pulse.scale": 2.15, "pulse.lift": 12.0, "tremble.ampPx": 1.5, "tremble.freq": 12.0},
    ),
    KnownEffect(
        "cwi-whisper",
        "whole",
        {"shrink.scale": 0.6, "shrink.drop": 6.0, "flutter.amp": 0.02, "flutter.freq": 8.0},
    ),
    # Known to MotionText 1.3 only.
    KnownEffect("fadeIn", "whole", {}),
    KnownEffect("fadeOut", "whole", {}),
    KnownEffect("pop", "whole", {"maxScale": 1.2}),
    KnownEffect("waveY", "whole", {"amplitudePx": 8.0, "frequency": 2.0}),
    KnownEffect("shakeX", "whole", {"amplitudePx": 6.0, "cycles": 8.0}),
)

EFFECTS: Mapping[str, KnownEffect] = MappingProxyType({effect.name: effect for effect in _TABLE})
"""Every effect that the stage draws, by name."""


def base_name(name: str) -> str:
    """The name without a version: ``cwi-color@2.0.0`` is ``cwi-color``."""
    return name.partition("@")[0].strip()


def find_effect(name: str) -> KnownEffect | None:
    """The effect that goes by `name`, with or without ``@version``; None where the stage does not draw it."""
    return EFFECTS.get(base_name(name))


def undrawn_effects(scenario: Scenario) -> Iterator[str]:
    """One line for each effect name of `scenario` that the stage does not know; its text is shown plainly."""
    seen: set[str] = set()
    for cue in scenario.cues:
        for effect in (*cue.effects, *(e for word in cue.words for e in word.effects)):
            if effect.name not in seen and find_effect(effect.name) is None:
                seen.add(effect.name)
                yield f"the effect {effect.name!r} (first in the cue {cue.id!r}) is not known and not drawn"
