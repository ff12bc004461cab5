"""What an HDR picture says about the display that it was graded on.

SMPTE ST 2086 (primaries, white point and luminance of the mastering display) and CTA-861.3 (brightest pixel
and brightest frame). Displays use both to fit the picture to what they can show, so they must outlive a new
encoding.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

from av.video.frame import VideoFrame

from ecg.media.side_data import side_data


@dataclass(frozen=True, slots=True)
class Mastering:
    """Static HDR metadata; None where the picture carries none."""

    display: tuple[int, ...] | None = None
    """x and y of red, green, blue and white in units of 0.00002, then the least and greatest luminance in
    units of 0.0001 cd/m2: the integers of ST 2086."""
    content_light: tuple[int, int] | None = None
    """Brightest pixel, brightest frame average, in cd/m2."""

    def x264_parameters(self) -> str:
        """The same in x264's words, for `x264-params`; empty where there is nothing to say."""
        words = []
        if self.display:
            red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y, least, most = self.display
            words.append(
                f"mastering-display=G({green_x},{green_y})B({blue_x},{blue_y})R({red_x},{red_y})"
                f"WP({white_x},{white_y})L({most},{least})"
            )
        if self.content_light:
            words.append("cll={},{}".format(*self.content_light))
        return ":".join(words)


def mastering_of(frame: VideoFrame) -> Mastering:
    """Read the metadata that the decoder attached to a frame (libav's AVMasteringDisplayMetadata and
    AVContentLightMetadata).
    """
    display = side_data(frame, "MASTERING_DISPLAY_METADATA")
    light = side_data(frame, "CONTENT_LIGHT_LEVEL")
    return Mastering(
        _display(display) if display and len(display) >= 88 else None,
        struct.unpack("=2I", light[:8]) if light and len(light) >= 8 else None,
    )


def _display(data: bytes) -> tuple[int, ...] | None:
    numbers = struct.unpack("=22i", data[:88])
    has_primaries, has_luminance = numbers[20:]
    denominators = numbers[1:20:2]
    if not (has_primaries and has_luminance and all(denominators)):
        return None
    values = [Fraction(n, d) for n, d in zip(numbers[0:20:2], denominators, strict=True)]
    return (
        *(round(value * 50_000) for value in values[:8]),
        *(round(value * 10_000) for value in values[8:]),
    )
