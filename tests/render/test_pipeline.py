"""Frames out are frames in, at the same times, with the same sound, for every kind of input."""

from __future__ import annotations

import threading
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from ecg.errors import Cancelled, InputError, MediaError, OutputError, RenderError, UnsupportedFormat
from ecg.media import probe, read_frame_table
from ecg.render.options import RenderOptions
from ecg.render.pipeline import burn
from tests.media.clips import clip, ffmpeg, frame_times, gray, late, packets, turned
from tests.render.synthetic import NoCaptions, SyntheticCaptions

Packet = tuple[Fraction, bytes]
ALL_AGAIN = RenderOptions(copy_untouched=False)


def psnr(one: list[bytes], other: list[bytes]) -> float:
    difference = pixels(one) - pixels(other)
    return float(10 * np.log10(255**2 / max(1e-9, (difference**2).mean())))


def pixels(frames: list[bytes]) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(frames), np.uint8).astype(np.float32)


def bare(source: Path, output: Path) -> Path:
    """What FFmpeg itself makes of the source, with the same settings and without captions."""
    ffmpeg(
        "-i",
        str(source),
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "20",
        "-an",
        "-vsync",
        "passthrough",
        str(output),
    )
    return output


def assert_same_sound(ours: list[Packet], theirs: list[Packet], kind: str) -> None:
    """The same bytes at the same times; Matroska's milliseconds may be half a sample off mp4's samples."""
    assert [data for _, data in ours] == [data for _, data in theirs]
    slack = Fraction(1, 88_200) if kind in ("matroska", "vp9") else 0
    assert max(abs(ours[n][0] - theirs[n][0]) for n in range(len(ours))) <= slack


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "plain",
            "ntsc",
            "variable-rate",
            "matroska",
            "ten-bit",
            "full-chroma",
            "half-chroma",
            "full-range",
            "rgb",
        ),
        *("hevc", "vp9", "av1", "avi", "silent", "two-voices", "odd-size", "oblong-pixels", "tall-pixels"),
        *("bt601", "bt709", "bt2020", "pq", "hlg"),
    ],
)
def test_every_frame_and_packet_arrives_at_its_time(kind: str, tmp_path: Path) -> None:
    source, output = clip(kind), tmp_path / "out.mp4"
    report = burn(source, SyntheticCaptions(), output, ALL_AGAIN)
    assert frame_times(output) == frame_times(source)
    assert report.frames_processed == len(frame_times(source))
    assert report.frames_dropped == 0
    before, after = probe(source), probe(output)
    assert [track.language for track in after.audio] == [track.language for track in before.audio]
    for number in range(len(before.audio)):
        assert_same_sound(packets(output, "audio", number), packets(source, "audio", number), kind)


@pytest.mark.parametrize(
    "kind", ["bt601", "bt709", "bt2020", "pq", "hlg", "full-range", "ten-bit", "half-chroma"]
)
def test_colours_are_described_as_before(kind: str, tmp_path: Path) -> None:
    burn(clip(kind), SyntheticCaptions(), tmp_path / "out.mp4", ALL_AGAIN)
    before, after = probe(clip(kind)).require_video(), probe(tmp_path / "out.mp4").require_video()
    assert (after.colour, after.bit_depth) == (before.colour, before.bit_depth)
    assert after.pixel_format == before.pixel_format


@pytest.mark.parametrize(
    "kind", ["plain", "ten-bit", "full-range", "hevc", "bt601", "full-chroma", "oblong-pixels"]
)
def test_without_captions_the_picture_is_as_good_as_a_bare_transcode(kind: str, tmp_path: Path) -> None:
    source = clip(kind)
    burn(source, NoCaptions(), tmp_path / "ours.mp4", ALL_AGAIN)
    limit = psnr(gray(bare(source, tmp_path / "bare.mp4")), gray(source))
    assert psnr(gray(tmp_path / "ours.mp4"), gray(source)) >= limit - 0.3


def test_hdr_metadata_is_kept(tmp_path: Path) -> None:
    burn(clip("hdr10"), SyntheticCaptions(), tmp_path / "out.mp4")
    before, after = probe(clip("hdr10")).require_video(), probe(tmp_path / "out.mp4").require_video()
    assert after.mastering == before.mastering
    assert after.mastering.content_light == (1000, 400)
    assert after.mastering.display == (34000, 16000, 13250, 34500, 7500, 3000, 15635, 16450, 1, 10_000_000)
    assert (after.colour, after.bit_depth) == (before.colour, 10)


def test_the_caption_is_where_and_what_it_should_be(tmp_path: Path) -> None:
    captions = SyntheticCaptions([(500_000, 1_000_000)])
    burn(clip("plain"), captions, tmp_path / "out.mp4", RenderOptions(crf=10))
    with av.open(str(tmp_path / "out.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert captions.canvas is not None
    x, y, _, _ = captions.box(captions.canvas)
    for number in (15, 20, 29):
        at = x + 8 + number % 8 * 4
        assert np.abs(frames[number][y + 10, at + 6 : at + 10].astype(int) - (255, 200, 0)).max() < 24
        assert frames[number][y + 2, x + 10].max() < 40
    for number in (0, 14, 30):
        assert frames[number][y + 2, x + 10].max() > 40 or frames[number][y + 10, x + 10].max() > 40


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_turned_video_comes_out_upright(degrees: int, mirrored: bool, tmp_path: Path) -> None:
    source = turned(degrees, mirrored=mirrored)
    captions = SyntheticCaptions()
    burn(source, NoCaptions(), tmp_path / "plain.mp4", RenderOptions(crf=12))
    assert psnr(gray(tmp_path / "plain.mp4"), gray(source)) > 40
    burn(source, captions, tmp_path / "captioned.mp4", ALL_AGAIN)
    after = probe(tmp_path / "captioned.mp4").require_video()
    assert after.orientation.upright
    assert after.display_size == probe(source).require_video().display_size
    assert captions.canvas is not None
    assert (captions.canvas.width, captions.canvas.height) == after.display_size
    assert frame_times(tmp_path / "captioned.mp4") == frame_times(source)


def test_an_odd_picture_keeps_every_pixel(tmp_path: Path) -> None:
    burn(clip("odd-size"), NoCaptions(), tmp_path / "out.mp4", RenderOptions(crf=10))
    assert probe(tmp_path / "out.mp4").require_video().display_size == (320, 180)
    cropped = gray(tmp_path / "out.mp4", filters=["crop=319:179:0:0:exact=1"])
    with av.open(str(clip("odd-size"))) as container:
        first = next(container.decode(video=0)).to_ndarray(format="gray")
    width = 319
    ours = np.frombuffer(cropped[0][: width * 179], np.uint8).reshape(179, width)
    assert np.abs(ours.astype(int) - first).mean() < 2


def test_captions_on_oblong_pixels_keep_their_shape(tmp_path: Path) -> None:
    captions = SyntheticCaptions()
    burn(clip("oblong-pixels"), captions, tmp_path / "out.mp4", RenderOptions(crf=10))
    assert captions.canvas is not None
    assert (captions.canvas.width, captions.canvas.height) == (426, 180)
    assert probe(tmp_path / "out.mp4").require_video().sample_aspect == Fraction(4, 3)
    x, y, width, _ = captions.box(captions.canvas)
    row = np.frombuffer(gray(tmp_path / "out.mp4")[30], np.uint8).reshape(180, 320)[y + 2]
    dark = np.flatnonzero(row < 50)
    assert abs(int(dark[0]) - x * 320 / 426) <= 2
    assert abs(int(dark[-1]) - (x + width) * 320 / 426) <= 2


def test_a_late_start_stays_late_and_captions_count_from_the_first_sound(tmp_path: Path) -> None:
    captions = SyntheticCaptions()
    burn(late(), captions, tmp_path / "out.mp4", ALL_AGAIN)
    assert frame_times(tmp_path / "out.mp4") == frame_times(late())
    assert packets(tmp_path / "out.mp4", "audio") == packets(late(), "audio")
    assert captions.canvas is not None
    assert 0 <= captions.canvas.times_us[0] < 50_000


def test_a_piece_of_a_broadcast_starts_at_zero(tmp_path: Path) -> None:
    report = burn(clip("broadcast"), SyntheticCaptions(), tmp_path / "out.mp4")
    times = frame_times(tmp_path / "out.mp4")
    original = frame_times(clip("broadcast"))
    assert report.frames_dropped == 0
    assert times[0] < Fraction(1, 10)
    assert [time - times[0] for time in times] == [time - original[0] for time in original]
    sound, video = packets(tmp_path / "out.mp4", "audio")[0][0], times[0]
    assert abs((sound - video) - (packets(clip("broadcast"), "audio")[0][0] - original[0])) < Fraction(
        1, 1000
    )


def test_chapters_titles_and_subtitles_are_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(
        ";FFMETADATA1\ntitle=A talk\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=900\nEND=2000\ntitle=Two\n"
    )
    (tmp_path / "words.srt").write_text("1\n00:00:00,200 --> 00:00:01,100\nHello <i>there</i>\n\n")
    source = tmp_path / "source.mkv"
    ffmpeg(
        *("-i", str(clip("plain")), "-i", str(tmp_path / "notes.txt"), "-i", str(tmp_path / "words.srt")),
        *(
            "-map",
            "0",
            "-map",
            "2",
            "-map_metadata",
            "1",
            "-c",
            "copy",
            "-metadata:s:s:0",
            "language=eng",
            str(source),
        ),
    )
    report = burn(source, SyntheticCaptions(), tmp_path / "out.mp4")
    after = probe(tmp_path / "out.mp4")
    assert [(chapter.title, chapter.start, chapter.end) for chapter in after.chapters] == [
        ("One", 0, 0.9),
        ("Two", 0.9, 2.0),
    ]
    assert after.metadata["title"] == "A talk"
    assert [(track.codec, track.language) for track in after.subtitles] == [("mov_text", "eng")]
    for name in ("source.mkv", "out.mp4"):
        ffmpeg("-i", str(tmp_path / name), "-map", "0:s:0", str(tmp_path / f"{name}.srt"))
    assert (tmp_path / "out.mp4.srt").read_text() == (tmp_path / "source.mkv.srt").read_text()
    assert any("converted to mov_text" in warning for warning in report.warnings)


def test_webm_gets_vp9_and_opus(tmp_path: Path) -> None:
    report = burn(clip("plain"), SyntheticCaptions(), tmp_path / "out.webm")
    after = probe(tmp_path / "out.webm")
    assert after.require_video().codec == "vp9"
    assert [track.codec for track in after.audio] == ["opus"]
    assert any("converted to opus" in warning for warning in report.warnings)
    ours, theirs = frame_times(tmp_path / "out.webm"), frame_times(clip("plain"))
    assert len(ours) == len(theirs)
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= Fraction(1, 2000)


def test_opus_is_copied_into_webm(tmp_path: Path) -> None:
    burn(clip("vp9"), SyntheticCaptions(), tmp_path / "out.webm")
    assert [data for _, data in packets(tmp_path / "out.webm", "audio")] == [
        data for _, data in packets(clip("vp9"), "audio")
    ]


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (RenderOptions(width=640), (640, 360)),
        (RenderOptions(height=90), (160, 90)),
        (RenderOptions(width=200, height=200), (200, 200)),
    ],
)
def test_the_picture_can_be_scaled(options: RenderOptions, size: tuple[int, int], tmp_path: Path) -> None:
    captions = SyntheticCaptions()
    burn(clip("plain"), captions, tmp_path / "out.mp4", options)
    assert probe(tmp_path / "out.mp4").require_video().display_size == size
    assert captions.canvas is not None
    assert (captions.canvas.width, captions.canvas.height) == size
    assert frame_times(tmp_path / "out.mp4") == frame_times(clip("plain"))


@pytest.mark.parametrize("rate", [Fraction(10), Fraction(60), Fraction(24000, 1001)])
def test_the_frame_rate_can_be_changed(rate: Fraction, tmp_path: Path) -> None:
    report = burn(clip("variable-rate"), SyntheticCaptions(), tmp_path / "out.mp4", RenderOptions(fps=rate))
    times = frame_times(tmp_path / "out.mp4")
    assert {later - sooner for sooner, later in pairwise(times)} == {1 / rate}
    assert abs(len(times) - read_frame_table(clip("variable-rate")).duration * rate) <= 1
    assert report.frames_dropped == 0


def test_a_repeated_picture_gets_its_own_caption(tmp_path: Path) -> None:
    captions = SyntheticCaptions([(500_000, 520_000)])
    burn(clip("plain"), captions, tmp_path / "out.mp4", RenderOptions(fps=Fraction(60), crf=10))
    assert captions.canvas is not None
    x, y, width, height = captions.box(captions.canvas)
    frames = [np.frombuffer(frame, np.uint8).reshape(180, 320) for frame in gray(tmp_path / "out.mp4")]
    dark = [(frame[y : y + height, x : x + width] < 45).mean() > 0.5 for frame in frames]
    assert [number for number, is_dark in enumerate(dark) if is_dark] == [30, 31]


def test_a_cut_short_recording_is_captioned_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    ffmpeg("-i", str(clip("plain")), "-c", "copy", "-movflags", "+faststart", str(whole))
    short = tmp_path / "short.mp4"
    short.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    report = burn(short, SyntheticCaptions(), tmp_path / "out.mp4")
    assert 5 < report.frames_processed < 60
    assert any("cut short" in warning for warning in report.warnings)
    assert len(frame_times(tmp_path / "out.mp4")) == report.frames_processed


def test_report_adds_up(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = burn(
        clip("plain"),
        SyntheticCaptions(),
        tmp_path / "out.mp4",
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls[-1] == (60, 60)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert sum(report.stage_seconds.values()) == pytest.approx(report.seconds, abs=0.02)
    assert report.memory_peak_mb > 10
    assert report.drop_rate == 0.0
    assert report.as_dict()["encoder"] == "libx264"


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    captions = SyntheticCaptions()
    seen: list[int] = []
    with pytest.raises(Cancelled):
        burn(
            clip("plain"),
            captions,
            tmp_path / "out.mp4",
            progress=lambda done, _: seen.append(done),
            cancelled=lambda: len(seen) > 5,
        )
    assert list(tmp_path.iterdir()) == []
    assert captions.closed
    assert not [thread for thread in threading.enumerate() if thread.name in ("decode", "memory meter")]


def test_a_failing_painter_leaves_nothing(tmp_path: Path) -> None:
    class Failing(SyntheticCaptions):
        def _paint(self, canvas):  # type: ignore[no-untyped-def]
            yield from list(super()._paint(canvas))[:10]
            raise RenderError("the browser is gone")

    with pytest.raises(RenderError, match="the browser is gone"):
        burn(clip("plain"), Failing(), tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_output_survives_a_failure(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"the old one")
    with pytest.raises(Cancelled):
        burn(clip("plain"), SyntheticCaptions(), tmp_path / "out.mp4", cancelled=lambda: True)
    assert (tmp_path / "out.mp4").read_bytes() == b"the old one"


def test_the_input_is_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    source.write_bytes(clip("plain").read_bytes())
    (tmp_path / "link.mp4").symlink_to(source)
    for output in (source, tmp_path / "link.mp4"):
        with pytest.raises(OutputError, match="the input itself"):
            burn(source, SyntheticCaptions(), output)


def test_unusable_places_and_names(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        burn(clip("plain"), SyntheticCaptions(), tmp_path / "missing" / "out.mp4")
    with pytest.raises(OutputError, match="is a folder"):
        burn(clip("plain"), SyntheticCaptions(), tmp_path, RenderOptions(format="mp4"))
    with pytest.raises(UnsupportedFormat, match="does not say"):
        burn(clip("plain"), SyntheticCaptions(), tmp_path / "out.gif")
    with pytest.raises(MediaError, match="no video stream"):
        burn(clip("no-picture"), SyntheticCaptions(), tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 4},
        {"height": 100_000},
        {"quality": 0},
        {"crf": 60},
        {"fps": Fraction(0)},
        {"preset": "warp"},
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, int | str | Fraction]) -> None:
    with pytest.raises(InputError):
        RenderOptions(**wrong)  # type: ignore[arg-type]
