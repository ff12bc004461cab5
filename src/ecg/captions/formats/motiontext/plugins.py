"""Plugin chains as effects: names, parameters and the windows in which they run.

The papers and the players of MotionText disagree about `timeOffset`. What stands here follows what authors
see: numbers are seconds after the start of the base time and after (before, where negative) its end; a
percentage counts from the start, and where it is zero or less, as the end of a window, from the end. So [0,
0] and ["0%", "0%"] are the whole base time and ["0%", "100%"] is too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecg.captions.effects import KnownEffect, base_name, find_effect
from ecg.captions.formats.colours import css_colour
from ecg.captions.formats.motiontext import keys
from ecg.captions.formats.motiontext.times import Clock, Span, percentage
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings
from ecg.captions.scenario import MAX_SECONDS, Effect

MAX_EFFECTS = 50
"""On one text; the limit of `Word.effects`."""
_MAX_PARAMS = 50
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_KINDS = {"pop": "pop", "loud": "cwi-loud", "whisper": "cwi-whisper", "color": "cwi-color"}
"""What version 1.3's one effect ``cwi`` does by its parameter `kind`."""
_FALLBACK_COLOUR = "#ffd400"
_COMPOSE = ("replace", "add", "multiply")


@dataclass(frozen=True, slots=True)
class Plugin:
    """An effect of one node, and the speaker whom it names."""

    effect: Effect
    known: KnownEffect | None
    speaker: str | None = None
    speaker_colour: str | None = None


def read_chain(
    node: Node, base: Span, clock: Clock, palette: Node | None, warnings: Warnings
) -> list[Plugin]:
    """The effects of a node whose time is `base`, in the order in which they apply.

    `palette` is the document's own table of speakers' colours. An effect whose window ends before it starts
    is left out with a warning; one that nobody knows is kept, so that exports lose nothing, and reported.
    """
    if (own := node.get("baseTime", "base_time")) is not None:
        base = clock.span(own)
    plugins: list[Plugin] = []
    for entry in _entries(node):
        if len(plugins) >= MAX_EFFECTS:
            warnings.add(f"only the first {MAX_EFFECTS} effects of a node are taken", node.where)
            break
        plugins.extend(_read(entry, base, clock, palette, warnings))
    return plugins


def _entries(node: Node) -> list[Node]:
    chain = node.get("pluginChain", "plugins")
    if chain is not None:
        return chain.items()
    single = node.get("plugin")
    if single is None:
        return []
    return single.items() if isinstance(single.value, list) else [single]


def _read(
    entry: Node, base: Span, clock: Clock, palette: Node | None, warnings: Warnings
) -> Iterator[Plugin]:
    if isinstance(entry.value, str):
        entry = Node({"name": entry.value}, entry.path)
    keys.report_unknown(entry, keys.PLUGIN, warnings)
    name_node = entry["name"]
    params = entry.get("params")
    name = base_name(name_node.text())
    if name == "cwi":
        name = _KINDS.get(
            str(params.value.get("kind")) if params and isinstance(params.value, dict) else "", name
        )
    if not _NAME.fullmatch(name):
        warnings.add(f"{name[:60]!r} is no name of an effect and was ignored", name_node.where)
        return
    known = find_effect(name)
    if known is None:
        warnings.add(
            f"the effect {name!r} is not known and not drawn; the text is shown plainly", name_node.where
        )
    if (own := entry.get("baseTime", "base_time")) is not None:
        base = clock.span(own)
    start, end = _window(entry, base, clock, known)
    if end < start:
        warnings.add(f"the effect {name!r} ends ({end:g} s) before it starts ({start:g} s)", entry.where)
        return
    values = _params(params, warnings) if params else {}
    speaker, colour = _speaker(name, params, palette)
    if name == "cwi-color":
        values["color"] = _own_colour(values) or colour or _FALLBACK_COLOUR
    _report_params(known, values, params or entry, warnings)
    effect = Effect(name=name, start=start, end=end, params=values, compose=_compose(entry, warnings))
    yield Plugin(effect, known, speaker, colour)


def _window(entry: Node, base: Span, clock: Clock, known: KnownEffect | None) -> Span:
    offset = entry.get("timeOffset", "time_offset")
    if offset is not None:
        ends = offset.items()
        if len(ends) != 2:
            raise offset.error("a start and an end are expected here")
        window = _start(ends[0], base, clock), _end(ends[1], base, clock)
    elif any(key in entry for key in ("relStart", "relEnd", "relStartPct", "relEndPct")):
        window = _relative(entry, base, clock)
    else:
        first, last = known.window if known else (0.0, 0.0)
        window = _start(Node(first), base, clock), _end(Node(last), base, clock)
    return _day(window[0]), _day(window[1])


def _start(node: Node, base: Span, clock: Clock) -> float:
    share = percentage(node)
    return base[0] + (clock.seconds(node) if share is None else share * (base[1] - base[0]))


def _end(node: Node, base: Span, clock: Clock) -> float:
    share = percentage(node)
    if share is None:
        return base[1] + clock.seconds(node)
    origin = base[1] if share <= 0 else base[0]
    return origin + share * (base[1] - base[0])


def _relative(entry: Node, base: Span, clock: Clock) -> Span:
    """Version 1.3: seconds from both ends, or shares of the length; never outside the node's own time."""
    length = base[1] - base[0]
    start, end = base
    if (first := entry.get("relStart")) is not None:
        start += clock.seconds(first)
    elif (first := entry.get("relStartPct")) is not None:
        start += length * first.number()
    if (last := entry.get("relEnd")) is not None:
        end += clock.seconds(last)
    elif (last := entry.get("relEndPct")) is not None:
        end += length * min(0.0, last.number())
    return max(base[0], start), min(base[1], end)


def _day(seconds: float) -> float:
    return min(max(seconds, -MAX_SECONDS), MAX_SECONDS)


def _compose(entry: Node, warnings: Warnings) -> Any:
    found = entry.get("compose")
    if found is None or found.value in _COMPOSE:
        return found.value if found else "replace"
    warnings.add("effects are composed by replace, add or multiply; replace is used", found.where)
    return "replace"


def _params(node: Node, warnings: Warnings, prefix: str = "") -> dict[str, Any]:
    """Parameters with nested objects written flat: ``{"pulse": {"scale": 2}}`` is ``pulse.scale``."""
    values: dict[str, Any] = {}
    for key, value in node.members():
        name = f"{prefix}{key}"
        if name in ("palette", "kind", "speaker"):
            continue
        if isinstance(value.value, dict) and prefix.count(".") < 2:
            values.update(_params(value, warnings, f"{name}."))
        elif len(name) <= 60 and len(values) < _MAX_PARAMS and _is_plain(value.value):
            values[name] = value.value
        else:
            warnings.add("this parameter cannot be used and was left out", value.where)
    return values


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= 100 and all(_is_number(part) for part in value)
    return (
        value is None
        or isinstance(value, bool)
        or (isinstance(value, str) and len(value) <= 200)
        or _is_number(value)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 100_000


def _report_params(known: KnownEffect | None, values: dict[str, Any], node: Node, warnings: Warnings) -> None:
    if known is None:
        return
    for name in values:
        if name not in known.params:
            warnings.add(f"the effect {known.name!r} has no parameter {name!r}", node.where)


def _own_colour(values: dict[str, Any]) -> str | None:
    found = values.get("color")
    return css_colour(found) if isinstance(found, str) else None


def _speaker(name: str, params: Node | None, palette: Node | None) -> tuple[str | None, str | None]:
    """Who speaks, by the parameters of ``cwi-color``, and that speaker's colour in the palette."""
    speaker = params.get("speaker") if params and name.startswith("cwi") else None
    if speaker is None or not isinstance(speaker.value, str) or not 0 < len(speaker.value.strip()) <= 200:
        return None, None
    who = speaker.value.strip()
    for table in (params.get("palette") if params else None, palette):
        colour = table.value.get(who) if table and isinstance(table.value, dict) else None
        if isinstance(colour, str) and (parsed := css_colour(colour)):
            return who, parsed
    return who, None
