"""Whether bytes begin like a video: the first look at what a URL holds, before a job is accepted.

It decides nothing for good (the job opens the file under the guard of `ecg.media`); it refuses web pages,
error messages, playlists and pictures early. The server itself never runs FFmpeg.
"""

from __future__ import annotations

from ecg.errors import MediaError

_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"moof", b"sidx", b"uuid"}
"""Boxes with which files of the ISO family (mp4, mov, 3gp) begin."""

_MAGIC: tuple[bytes, ...] = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF, WMV
    b"FLV\x01",
    b"OggS",
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01",  # MXF
    b"nut/multimedia container\0",
    b"DKIF",  # IVF
    b".RMF",  # RealMedia
    b"\xb7\xd8\x00\x20\x37\x49\xda\x11",  # WTV
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"\x00\x00\x01\xb3",  # MPEG video
    b"\x00\x00\x00\x01",  # H.264 or HEVC without a container
    b"\x00\x00\x01\x67",
    b"\x00\x00\x01\x40",
    b"\x00\x00\x00\x00\x01\xbc",  # GXF
    b"\x12\x00\x0a",  # AV1 without a container
    b"YUV4MPEG2 ",
    b"\x1f\x07\x00",  # DV
)
_SOUND_MAGIC: tuple[bytes, ...] = (
    b"ID3",
    b"fLaC",
    b"caff",
    b".snd",
    b"#!AMR",
    b"wvpk",
    b"TTA1",
    b"\x0b\x77",  # AC-3
    b"\x7f\xfe\x80\x01",  # DTS
    b"riff\x2e\x91\xcf\x11",  # Wave64
)
_MANIFESTS = (b"#EXTM3U", b"ffconcat version", b"<MPD", b"<SmoothStreamingMedia", b"v=0\r\no=", b"v=0\no=")
_PACKETS = (188, 192, 204)
"""Lengths of the packets of an MPEG transport stream."""


def check_signature(head: bytes, *, sound_alone: bool = False) -> None:
    """Raises MediaError where `head`, the beginning of a file, is not that of a video (or, with
    `sound_alone`, of a sound).
    """
    if not head:
        raise MediaError("the video is empty", hint="upload it again")
    if looks_like_video(head) or (sound_alone and looks_like_sound(head)):
        return
    if any(mark in head[:4096] for mark in _MANIFESTS):
        raise MediaError(
            "this is a playlist that points to other files, not a video",
            hint="give the video file itself; playlists are never followed",
        )
    if head.lstrip()[:1] in (b"<", b"{"):
        raise MediaError(
            "this is a web page or a message, not a video",
            hint="give the URL of the file itself; has the link expired?",
        )
    raise MediaError("this is not a video of a kind known here", hint="mp4, mov, webm, mkv, ts, avi …")


def looks_like_video(head: bytes) -> bool:
    """Whether a demuxer of `ecg.media.guard` that holds pictures may know this beginning."""
    if head[4:8] in _BOXES or head.startswith(_MAGIC):
        return True
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return True
    return any(_is_transport_stream(head, step) for step in _PACKETS)


def looks_like_sound(head: bytes) -> bool:
    """Whether a demuxer of `ecg.media.guard` that holds sound alone may know this beginning."""
    if head.startswith(_SOUND_MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WAVE"):
        return True
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return True
    return head[:1] == b"\xff" and head[1:2] >= b"\xe0"  # a frame of MPEG audio or AAC


def _is_transport_stream(head: bytes, step: int) -> bool:
    """Packets of equal length, each with the sync byte at the same place."""
    start = 4 if step == 192 else 0
    places = range(start, min(len(head), start + 5 * step), step)
    return len(places) >= 3 and all(head[place] == 0x47 for place in places)
