"""The extra data that decoders attach to pictures."""

from __future__ import annotations

from av.video.frame import VideoFrame


def side_data(frame: VideoFrame, kind: str) -> bytes | None:
    """The bytes of the frame's side data of a kind, by libav's name without its prefix; None when it has
    none.
    """
    container = frame.side_data
    for index in range(len(container)):
        entry = container[index]  # type: ignore[literal-required]  # PyAV types it as a dict of one key
        if entry.type.name == kind:
            return bytes(entry)
    return None
