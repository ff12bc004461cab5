"""Decodes a video in a thread of its own, a few frames ahead of the consumer.

The queue is short and waits: memory stays flat whatever is slower, painting or encoding, and no frame is
left out.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ecg.errors import MediaError
from ecg.media import FrameTable, guarded_open
from ecg.media.probe import main_video

AHEAD = 6
"""Decoded frames that may wait; besides, each decoding thread holds one."""

_DECODING_THREADS = 4
"""More gain nothing beside an encoder and cost a frame of memory each."""


class FrameSource:
    """The frames of a video as (index in presentation order, frame), from the table's first to its last.

    `wanted` marks the packets (in decoding order, as in the table) to decode; it must select whole groups of
    pictures. `kept` marks the frames (in presentation order) to hand over, where others are decoded only for
    reference. A context manager: leaving it stops the thread, wherever it is.
    """

    def __init__(
        self,
        path: Path,
        table: FrameTable,
        *,
        prepare: Callable[[VideoFrame], VideoFrame],
        wanted: NDArray[np.bool_] | None = None,
        kept: NDArray[np.bool_] | None = None,
    ) -> None:
        self._path = path
        self._table = table
        self._prepare = prepare
        self._wanted = wanted
        self._kept = kept
        self._frames: queue.Queue[tuple[int, VideoFrame] | BaseException | None] = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="decode", daemon=True)
        self.cpu_seconds = 0.0
        self.damaged_packets = 0
        self.damaged_frames = 0

    def __enter__(self) -> FrameSource:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[tuple[int, VideoFrame]]:
        while (item := self._frames.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _run(self) -> None:
        try:
            with guarded_open(self._path) as container:
                stream = main_video(container)
                if stream is None:
                    raise MediaError(f"{self._path.name} has no video stream")
                stream.thread_type = "FRAME"
                stream.thread_count = _DECODING_THREADS
                self._decode(container, stream)
            self._put(None)
        except _Stopped:
            pass
        except BaseException as error:  # raised again where the frames are consumed
            self._put_last(error)
        self.cpu_seconds = time.thread_time()

    def _decode(self, container: InputContainer, stream: VideoStream) -> None:
        last = -1
        for batch in self._batches(container, stream):
            for frame in batch:
                index = self._index_of(frame)
                if index is None or index <= last or index >= len(self._table):
                    continue
                last = index
                if self._kept is not None and not self._kept[index]:
                    continue
                self.damaged_frames += frame.is_corrupt
                self._put((index, self._prepare(frame)))

    def _batches(self, container: InputContainer, stream: VideoStream) -> Iterator[list[VideoFrame]]:
        """Decoded frames, packet by packet; the decoder is drained where wanted packets end."""
        decoding = False
        number = -1
        for packet in _packets(container, stream):
            number += 1
            want = self._wanted is None or (number < len(self._wanted) and bool(self._wanted[number]))
            if want:
                decoding = True
                yield self._attempt(stream, packet)
            elif decoding:
                decoding = False
                yield self._attempt(stream, None)
                stream.codec_context.flush_buffers()
        if decoding:
            yield self._attempt(stream, None)

    def _attempt(self, stream: VideoStream, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            return stream.codec_context.decode(packet)
        except FFmpegError:
            self.damaged_packets += 1
            return []

    def _index_of(self, frame: VideoFrame) -> int | None:
        tick = frame.pts if frame.pts is not None else frame.dts
        if tick is None:
            return None
        return int(np.searchsorted(self._table.shown, tick, side="left"))

    def _put(self, item: tuple[int, VideoFrame] | None) -> None:
        while not self._stopped.is_set():
            try:
                self._frames.put(item, timeout=0.2)
            except queue.Full:
                continue
            return
        raise _Stopped

    def _put_last(self, error: BaseException) -> None:
        while not self._stopped.is_set():
            try:
                self._frames.put(error, timeout=0.2)
            except queue.Full:
                continue
            return


class _Stopped(Exception):  # not an error: the consumer has left
    pass


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """The stream's packets; a file that breaks off ends there, as the frame table's reading of it did."""
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet
    except FFmpegError:
        return
