"""Everything beside the picture arrives, or the report says in a sentence what did not."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from ecg.media import probe
from ecg.render.mux import movie_timescale
from ecg.render.options import RenderOptions
from ecg.render.pipeline import burn
from ecg.render.report import RenderReport
from tests.media.clips import clip, ffmpeg, frame_times, packets
from tests.render.synthetic import SyntheticCaptions

ASS = """[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Alignment
Style: Default,Arial,20,&H00FFFFFF,2
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.10,0:00:00.90,Default,,0,0,0,,Hi {\\b1}you
"""


def with_cover(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", str(folder / "cover.png"))
    inputs = ("-i", str(clip("plain")), "-i", str(folder / "cover.png"), "-map", "0", "-map", "1")
    ffmpeg(*inputs, "-c", "copy", "-disposition:v:1", "attached_pic", str(folder / "in.mp4"))
    return folder / "in.mp4"


def with_timecode(folder: Path) -> Path:
    ffmpeg("-i", str(clip("plain")), "-c", "copy", "-timecode", "01:00:00:00", str(folder / "in.mov"))
    return folder / "in.mov"


def with_attachment(folder: Path) -> Path:
    (folder / "face.ttf").write_bytes(bytes(100))
    tag = ("-metadata:s:t", "mimetype=application/x-truetype-font")
    ffmpeg(
        "-i",
        str(clip("plain")),
        "-attach",
        str(folder / "face.ttf"),
        *tag,
        "-c",
        "copy",
        str(folder / "in.mkv"),
    )
    return folder / "in.mkv"


def with_styled_text(folder: Path) -> Path:
    (folder / "words.ass").write_text(ASS)
    inputs = ("-i", str(clip("plain")), "-i", str(folder / "words.ass"), "-map", "0", "-map", "1")
    ffmpeg(*inputs, "-c", "copy", str(folder / "in.mkv"))
    return folder / "in.mkv"


def with_two_pictures(folder: Path) -> Path:
    plain = str(clip("plain"))
    ffmpeg("-i", plain, "-i", plain, "-map", "0", "-map", "1:v", "-c", "copy", str(folder / "in.mp4"))
    return folder / "in.mp4"


def render(make: Callable[[Path], Path], folder: Path, extension: str) -> tuple[RenderReport, Path]:
    output = folder / f"out.{extension}"
    report = burn(make(folder), SyntheticCaptions(), output)
    assert report.frames_processed == 60
    return report, output


def test_a_cover_picture_is_kept(tmp_path: Path) -> None:
    report, output = render(with_cover, tmp_path, "mp4")
    assert probe(output).other_streams == ("cover picture (stream 2, png)",)
    assert report.warnings == ()


def test_a_timecode_is_kept(tmp_path: Path) -> None:
    report, output = render(with_timecode, tmp_path, "mov")
    assert len(probe(output).other_streams) == 1
    assert report.warnings == ()


@pytest.mark.parametrize(
    ("make", "extension", "warnings"),
    [
        (with_attachment, "mp4", ["attachment track 2 (unknown) was left out"]),
        (with_two_pictures, "mp4", ["video track 2 (h264) was left out"]),
        (with_styled_text, "mp4", ["subtitle track 2 (ass) was converted to mov_text"]),
        (
            with_styled_text,
            "webm",
            ["audio track 1 (aac) was converted to opus", "subtitle track 2 (ass) was converted to webvtt"],
        ),
        (
            with_cover,
            "webm",
            ["audio track 1 (aac) was converted to opus", "cover picture track 2 (png) was left out"],
        ),
    ],
)
def test_what_cannot_be_copied_is_said(
    make: Callable[[Path], Path], extension: str, warnings: list[str], tmp_path: Path
) -> None:
    report, output = render(make, tmp_path, extension)
    assert [warning.split(":")[0] for warning in report.warnings] == warnings
    kept = probe(output)
    assert len(kept.audio) == 1
    assert len(kept.subtitles) == (make is with_styled_text)


def test_converted_sound_lasts_as_long(tmp_path: Path) -> None:
    _, output = render(lambda _: clip("matroska"), tmp_path, "webm")
    ours, theirs = packets(output, "audio"), packets(clip("matroska"), "audio")
    assert abs(float(ours[-1][0] - theirs[-1][0])) < 0.12


def test_an_edit_list_shows_what_players_show(tmp_path: Path) -> None:
    """Cut without encoding: frames before the cut are in the file for reference and are not shown."""
    source = tmp_path / "cut.mp4"
    ffmpeg("-ss", "0.5", "-i", str(clip("plain")), "-c", "copy", str(source))
    report = burn(source, SyntheticCaptions(), tmp_path / "out.mp4", RenderOptions())
    assert report.frames_dropped == 0
    assert frame_times(tmp_path / "out.mp4") == frame_times(source)


def test_damaged_pictures_are_counted(tmp_path: Path) -> None:
    data = bytearray(clip("plain").read_bytes())
    for position in range(20_000, 40_000, 997):
        data[position] ^= 0xFF
    (tmp_path / "damaged.mp4").write_bytes(data)
    report = burn(tmp_path / "damaged.mp4", SyntheticCaptions(), tmp_path / "out.mp4")
    assert report.frames_processed + report.frames_dropped == 60
    assert any("damaged" in warning for warning in report.warnings)


def test_the_movie_clock_is_exact_for_late_tracks() -> None:
    assert movie_timescale([Fraction(0), Fraction(-1024, 44100)]) == 1000
    fine = movie_timescale([Fraction(1, 2), Fraction(20992, 44100)])
    assert (Fraction(20992, 44100) * fine).denominator == 1
    assert movie_timescale([Fraction(1, 2**31 - 1), Fraction(1, 44100)]) == 90_000
