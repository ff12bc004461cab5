"""Which groups of pictures may be copied as they are, and how the track's decoding times run over both kinds.

A group without captions need not be encoded again: its packets are taken over, bit for bit. That is done
only where it is provably right: H.264 with 8-bit 4:2:0 pictures and one set of parameters from start to end,
every group opened by an IDR picture (after which no picture refers to an earlier one) and closed in
presentation time too. Everywhere else (open groups, HEVC, parameters that change, damaged files, …) the
whole video is encoded.

The encoded groups carry parameter sets with an id that the source does not use, so a decoder keeps both at
hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ecg.media import FrameTable
from ecg.render import h264

_COPIED_UNITS = {
    h264.SLICE,
    h264.IDR_SLICE,
    h264.SEI,
    h264.SEQUENCE_PARAMETERS,
    h264.PICTURE_PARAMETERS,
    h264.DELIMITER,
    h264.FILLER,
}

_WORTH_COPYING = 6
"""Frames at the beginning of a group that are worth a cut."""

X264_REORDER = 2
"""Pictures by which x264 decodes ahead at most, whatever its number of B pictures (pyramid of two levels)."""


@dataclass(frozen=True, slots=True)
class Run:
    """Frames `first` … `stop` - 1, in the order of decoding and of presentation alike."""

    first: int
    stop: int
    copied: bool


@dataclass(frozen=True)
class CopyPlan:
    """How a video is put together from copied and encoded runs."""

    runs: tuple[Run, ...]
    source: h264.Configuration
    ladder: NDArray[np.int64]
    """Decoding time of each frame in decoding order, in the table's ticks."""

    decoded: NDArray[np.bool_]
    """Marks the packets to decode: whole groups, since the encoded part of one refers to the copied part."""

    @property
    def encoded(self) -> NDArray[np.bool_]:
        """Marks the frames to encode."""
        return _encoded(self.runs, len(self.ladder))


def plan_copies(
    container: InputContainer, stream: VideoStream, table: FrameTable, spans_us: Sequence[tuple[int, int]]
) -> CopyPlan | None:
    """Plan which groups to copy, reading the file through; None when nothing may or need be copied.

    `spans_us` are the times at which captions may be seen. `container` must stand at its beginning.
    """
    groups = closed_groups(table)
    if groups is None:
        return None
    captioned = _captioned(table, spans_us)
    runs = plan_runs(groups, captioned, np.searchsorted(table.shown, table.pts))
    if not any(run.copied for run in runs):
        return None
    configuration = _constant_configuration(container, stream, table)
    if configuration is None:
        return None
    encoded = _encoded(runs, len(table))
    decoded = np.zeros(len(table), dtype=np.bool_)
    for first, stop in groups:
        decoded[first:stop] = encoded[first:stop].any()
    return CopyPlan(runs, configuration, decoding_ladder(table), decoded)


def closed_groups(table: FrameTable) -> list[tuple[int, int]] | None:
    """Groups as (first, stop) frame numbers; None unless each is closed in presentation time.

    Closed means that its keyframe is shown first and that no later group shows a picture before its end.
    """
    if not table.exact or not table.complete:
        return None
    firsts = np.flatnonzero(table.keyframe)
    if not len(firsts) or firsts[0] != 0:
        return None
    if (np.minimum.reduceat(table.pts, firsts) != table.pts[firsts]).any():
        return None
    if (np.maximum.reduceat(table.pts, firsts)[:-1] >= table.pts[firsts[1:]]).any():
        return None
    stops = [*firsts[1:].tolist(), len(table)]
    return list(zip(firsts.tolist(), stops, strict=True))


def decoding_ladder(table: FrameTable) -> NDArray[np.int64]:
    """Decoding times that suit both encoders: the presentation times in order, some frames earlier.

    That number is the deepest reordering on either side; a decoding time then never exceeds its frame's
    presentation.
    """
    rank = np.searchsorted(table.shown, table.pts)
    depth = max(X264_REORDER, int((np.arange(len(table)) - rank).max()))
    step = int(table.shown[1] - table.shown[0]) if len(table) > 1 else 1
    before = table.shown[0] - step * np.arange(depth, 0, -1)
    ladder: NDArray[np.int64] = np.concatenate([before, table.shown])[: len(table)]
    return ladder


def _captioned(table: FrameTable, spans_us: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    captioned = np.zeros(len(table), dtype=np.bool_)
    for start, end in spans_us:
        first, stop = np.searchsorted(table.times_us, (start, end), side="left")
        captioned[first:stop] = True
    return captioned


def plan_runs(
    groups: list[tuple[int, int]], captioned: NDArray[np.bool_], rank: NDArray[np.int64]
) -> tuple[Run, ...]:
    """Split frames into runs to copy and to encode.

    `rank` gives each packet's place in presentation. A group is copied up to its first captioned frame and
    encoded from there on: no picture refers to one that is decoded later, so a group's beginning stands
    without its end.
    """
    runs: list[Run] = []
    for first, stop in groups:
        hit = np.flatnonzero(captioned[first:stop])
        cut = _cut(rank[first:stop] - first, int(hit[0])) + first if hit.size else stop
        for begin, end, copied in ((first, cut, True), (cut, stop, False)):
            if begin == end:
                continue
            if runs and runs[-1].copied == copied:
                runs[-1] = Run(runs[-1].first, end, copied)
            else:
                runs.append(Run(begin, end, copied))
    return tuple(runs)


def _cut(rank: NDArray[np.int64], wanted: int) -> int:
    """The last place up to `wanted` where a group may be cut: the packets before it are the frames before it.

    0 when the gain is under half a dozen frames, which a new IDR picture would eat up.
    """
    closed = np.maximum.accumulate(rank) == np.arange(len(rank))
    cut = wanted
    while cut > 0 and not closed[cut - 1]:
        cut -= 1
    return cut if cut >= _WORTH_COPYING else 0


def _encoded(runs: tuple[Run, ...], count: int) -> NDArray[np.bool_]:
    encoded = np.zeros(count, dtype=np.bool_)
    for run in runs:
        encoded[run.first : run.stop] = not run.copied
    return encoded


def _constant_configuration(
    container: InputContainer, stream: VideoStream, table: FrameTable
) -> h264.Configuration | None:
    """The stream's parameter sets if they hold for every picture and each keyframe is an IDR picture; else
    None.
    """
    try:
        configuration = h264.Configuration.parse(stream.codec_context.extradata or b"")
        if configuration.length_size != 4 or len(configuration.sequence_sets) != 1:
            return None
        known = {*configuration.sequence_sets, *configuration.picture_sets}
        number = 0
        for packet in container.demux(stream):
            if not packet.size:
                continue
            if packet.has_sidedata("new_extradata") or number >= len(table):
                return None
            if not _plain(bytes(packet), bool(table.keyframe[number]), known):
                return None
            number += 1
    except (FFmpegError, ValueError):
        return None
    return configuration if number == len(table) else None


def _plain(packet: bytes, keyframe: bool, known: set[bytes]) -> bool:
    """Whether a picture is of the simple kind that may be copied."""
    kinds = h264.unit_kinds(packet)
    if not kinds <= _COPIED_UNITS:
        return False
    if keyframe != (h264.IDR_SLICE in kinds) or (keyframe and h264.SLICE in kinds):
        return False
    if kinds & {h264.SEQUENCE_PARAMETERS, h264.PICTURE_PARAMETERS}:
        return all(unit in known for unit in h264.parameter_sets(packet))
    return True
