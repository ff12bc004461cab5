"""Puts a track together from copied and encoded runs of frames, in decoding order and one packet at a
time.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from ecg.errors import RenderError
from ecg.media import FrameTable, guarded_open
from ecg.media.probe import main_video
from ecg.render import h264
from ecg.render.gops import CopyPlan
from ecg.render.mux import Muxer


class Splicer:
    """Takes the encoder's packets and writes them where they belong, the copied runs between them.

    Copied packets are read from the file when their turn comes, so nothing is held in memory while the
    encoder is still busy with the frames before them.
    """

    def __init__(self, muxer: Muxer, path: Path, table: FrameTable, plan: CopyPlan) -> None:
        self._muxer = muxer
        self._table = table
        self._plan = plan
        self._time_base: Fraction = table.time_base
        self._source = guarded_open(path)
        self._packets = self._source_packets()
        self._pending = list(reversed(plan.runs))
        self._next = 0
        self.copied = 0

    def __enter__(self) -> Splicer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()

    def write(self, packet: Packet[VideoStream]) -> None:
        """Write the encoder's next packet, after the copied runs that precede it."""
        assert packet.pts is not None  # noqa: S101  # every encoded frame had one
        while self._pending and (
            self._pending[-1].copied or packet.pts >= self._begin_after(self._pending[-1].stop)
        ):
            self._end_run()
        if not self._pending:
            raise RenderError("the encoder gave a picture that belongs to no run")
        spliced = Packet(h264.with_lengths(bytes(packet)))
        spliced.is_keyframe = packet.is_keyframe
        spliced.pts = packet.pts
        spliced.duration = packet.duration
        self._write(spliced, self._next)

    def finish(self) -> None:
        """Write the copied runs that are left."""
        while self._pending:
            self._end_run()

    def _end_run(self) -> None:
        run = self._pending.pop()
        self._next = run.stop
        if not run.copied:
            return
        for number, packet in self._packets:
            if number >= run.first:
                self._write(packet, number)
                self.copied += 1
            if number == run.stop - 1:
                return
        raise RenderError("the input ended before the frames that were to be copied")

    def _begin_after(self, frame: int) -> int:
        """The presentation time of frame number `frame`; beyond the last, later than any."""
        return int(self._table.shown[frame]) if frame < len(self._table) else 1 << 62

    def _write(self, packet: Packet[VideoStream] | Packet[Stream], number: int) -> None:
        packet.dts = int(self._plan.ladder[number])
        packet.time_base = self._time_base
        self._muxer.write(packet)
        self._next = number + 1

    def _source_packets(self) -> Iterator[tuple[int, Packet[VideoStream]]]:
        stream = main_video(self._source)
        assert stream is not None  # noqa: S101  # the plan was made from it
        try:
            yield from enumerate(packet for packet in self._source.demux(stream) if packet.size)
        except FFmpegError as error:
            raise RenderError(f"the input could not be read again: {error.strerror}") from error
