"""The only door to FFmpeg: opening files safely and knowing what is in them."""

from ecg.media.frames import FrameTable, read_frame_table
from ecg.media.guard import FORMAT_WHITELIST, PROTOCOL_WHITELIST, ffmpeg_program, guarded_input, guarded_open
from ecg.media.mastering import Mastering
from ecg.media.orientation import Orientation
from ecg.media.probe import AudioTrack, Chapter, ColourTags, MediaInfo, SubtitleTrack, VideoTrack, probe

__all__ = [
    "FORMAT_WHITELIST",
    "PROTOCOL_WHITELIST",
    "AudioTrack",
    "Chapter",
    "ColourTags",
    "FrameTable",
    "Mastering",
    "MediaInfo",
    "Orientation",
    "SubtitleTrack",
    "VideoTrack",
    "ffmpeg_program",
    "guarded_input",
    "guarded_open",
    "probe",
    "read_frame_table",
]
