"""Tracks: what the cues of one kind have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecg.captions.formats.motiontext import keys
from ecg.captions.formats.motiontext.layout import Anchor, edge_placement
from ecg.captions.formats.motiontext.style import BOX_KEYS, Members, box_style, inherit, members_of
from ecg.captions.formats.motiontext.version import Version
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings
from ecg.captions.scenario import BoxStyle, Placement


@dataclass(frozen=True, slots=True)
class Track:
    """`layer` orders whole tracks, higher in front. `column` is the direction that its constraints give, if
    any."""

    layer: int = 0
    style: Members = field(default_factory=dict)
    box: BoxStyle | None = None
    placement: Placement | None = None
    """Of a root without a position; None leaves it to the template, which keeps subtitles at the bottom."""
    anchor: Anchor = "cc"
    """Of positions that name none."""
    column: bool | None = None


def read_tracks(top: Node, version: Version, warnings: Warnings) -> dict[str, Track]:
    """The tracks by id, in the order of the document. A track without an id goes by its number."""
    tracks: dict[str, Track] = {}
    listed = top.get("tracks")
    for i, node in enumerate(listed.items() if listed else []):
        keys.report_unknown(node, keys.TRACK, warnings)
        found = node.get("id")
        name = str(found.value) if found else f"track-{i + 1}"
        if name in tracks:
            warnings.add(f"two tracks share the id {name[:60]!r}; the first is used", node.where)
            continue
        tracks[name] = _read_track(node, version, warnings)
    return tracks


def _read_track(node: Node, version: Version, warnings: Warnings) -> Track:
    is_free = _is_free(node, warnings)
    own = members_of(node.get("defaultStyle"))
    boxed = {**{k: v for k, v in own.items() if k in BOX_KEYS}, **members_of(node.get("defaultBoxStyle"))}
    layer = node.get("layer")
    constraints = node.get("defaultConstraints")
    if constraints is not None:
        keys.report_unknown(constraints, keys.CONSTRAINTS, warnings)
    return Track(
        layer=round(min(max(layer.number(), -1e6), 1e6)) if layer else 0,
        style=inherit({}, own),
        box=box_style(boxed, warnings),
        placement=_placement(node, constraints, is_free, warnings),
        anchor="bc" if version == "1.3" and not is_free else "cc",
        column=_column(constraints),
    )


def _is_free(node: Node, warnings: Warnings) -> bool:
    kind = node.get("type")
    if kind is not None and kind.value not in ("subtitle", "free"):
        warnings.add("a track's type is subtitle or free; it is read as subtitle", kind.where)
    return kind is not None and kind.value == "free"


def _placement(track: Node, constraints: Node | None, is_free: bool, warnings: Warnings) -> Placement | None:
    if constraints is None and not is_free:
        return None
    given = constraints or Node({"constraintMode": "breakout"}, track.path)
    safe = given.get("safeArea") or track.get("safeArea")
    return edge_placement(given, safe, "cc" if is_free else "bc", warnings)


def _column(constraints: Node | None) -> bool | None:
    direction = constraints.get("direction") if constraints else None
    return None if direction is None else direction.value == "vertical"


def track_of(cue: Node, tracks: Mapping[str, Track], version: Version, warnings: Warnings) -> Track:
    """The cue's track. A track that is not there is read as a plain subtitle track; 1.3 defaults to the
    first."""
    named = cue.get("track")
    if named is None:
        return next(iter(tracks.values()), Track()) if version == "1.3" or len(tracks) == 1 else Track()
    track = tracks.get(str(named.value))
    if track is None:
        if tracks:
            warnings.add(f"there is no track {str(named.value)[:60]!r}; it is read as subtitles", named.where)
        return Track(anchor="bc" if version == "1.3" else "cc")
    return track
