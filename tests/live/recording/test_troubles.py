"""FFmpeg's last words become errors that say what to do, and repeat none of the words."""

from __future__ import annotations

import pytest

from ecg.live.recording.troubles import is_lasting, stalled, trouble_of


@pytest.mark.parametrize(
    ("words", "code", "lasting"),
    [
        ("[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized", "CAMERA_PASSWORD_WRONG", True),
        ("rtsp://a: Server returned 404 Not Found", "CAMERA_STREAM_NOT_FOUND", True),
        ("Stream map '0:v:0' matches no streams.", "CAMERA_WITHOUT_VIDEO", True),
        ("tcp://10.0.0.7: Connection refused", "CAMERA_UNREACHABLE", False),
        ("tcp://10.0.0.7: Connection timed out", "CAMERA_UNREACHABLE", False),
        ("rtsp://a: Invalid data found when processing input", "CAMERA_STREAM_NOT_UNDERSTOOD", True),
        ("av_interleaved_write_frame(): No space left on device", "STORAGE_ACCESS_ERROR", False),
        ("", "CAMERA_UNREACHABLE", False),
    ],
)
def test_what_words_mean(words: str, code: str, lasting: bool) -> None:
    error = trouble_of(["something before", words], was_live=False)
    assert error.code == code
    assert is_lasting(error) is lasting
    assert not words or words not in str(error)


def test_a_stream_that_was_live_ended() -> None:
    error = trouble_of(["[warning] RTP: missed 3 packets"], was_live=True)
    assert error.code == "CAMERA_CONNECTION_ENDED"
    assert not is_lasting(error)
    assert stalled(6).code == "CAMERA_STALLED"
