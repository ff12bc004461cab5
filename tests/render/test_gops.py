"""Copied groups are bit-identical, the whole decodes without a word, doubtful streams are never copied."""

from __future__ import annotations

import struct
import subprocess
from itertools import accumulate, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.errors import RenderError
from ecg.media import probe, read_frame_table
from ecg.render import h264
from ecg.render.canvas import Canvas
from ecg.render.gops import closed_groups, decoding_ladder, plan_runs
from ecg.render.options import RenderOptions
from ecg.render.pipeline import burn
from tests.media.clips import PICTURE, SOUND, clip, ffmpeg, frame_times, gray, late, packets
from tests.render.synthetic import SyntheticCaptions

SPANS = [(600_000, 900_000), (1_600_000, 1_700_000)]


def complaints(path: Path) -> str:
    """What FFmpeg says while it decodes everything."""
    done = subprocess.run(
        ["ffmpeg", "-v", "warning", "-xerror", "-i", str(path), "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr + ("" if done.returncode == 0 else f"exit {done.returncode}")


def encoded(tmp_path: Path, *arguments: str, name: str = "source.mp4") -> Path:
    path = tmp_path / name
    ffmpeg(*PICTURE, *SOUND, "-c:v", "libx264", "-pix_fmt", "yuv420p", *arguments, "-c:a", "aac", str(path))
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("-preset", "veryfast", "-g", "15"),
        ("-preset", "ultrafast", "-g", "10"),  # no B pictures, CAVLC: nothing is reordered
        ("-preset", "medium", "-g", "12", "-bf", "5", "-refs", "4"),
        ("-preset", "veryfast", "-g", "15", "-profile:v", "main", "-x264-params", "cabac=0"),
        ("-preset", "veryfast", "-g", "15", "-color_range", "pc", "-colorspace", "bt709"),
    ],
)
def test_untouched_groups_are_copied(arguments: tuple[str, ...], tmp_path: Path) -> None:
    source, output = encoded(tmp_path, *arguments), tmp_path / "out.mp4"
    report = burn(source, SyntheticCaptions(SPANS), output)
    assert report.frames_copied >= 20
    assert report.frames_copied + report.frames_encoded == 60
    assert report.frames_dropped == 0
    assert complaints(output) == ""
    assert frame_times(output) == frame_times(source)
    assert packets(output, "audio") == packets(source, "audio")
    before, after = gray(source), gray(output)
    assert len(after) == 60
    changed = {number for number in range(60) if before[number] != after[number]}
    assert set(range(18, 27)) | {48, 49, 50} <= changed
    assert len(changed) <= report.frames_encoded


@pytest.mark.parametrize("bframes", ["0", "3", "8"])
def test_a_group_is_copied_up_to_its_first_caption(bframes: str, tmp_path: Path) -> None:
    source, output = (
        encoded(tmp_path, "-preset", "veryfast", "-g", "30", "-bf", bframes),
        tmp_path / "out.mp4",
    )
    report = burn(source, SyntheticCaptions([(800_000, 900_000)]), output)
    assert (
        30 + 24 - 9 <= report.frames_copied <= 30 + 24
    )  # the first caption is on frame 24 of the first group
    assert complaints(output) == ""
    assert frame_times(output) == frame_times(source)
    before, after = gray(source), gray(output)
    first = 30 - report.frames_encoded
    assert before[:first] == after[:first]
    assert before[30:] == after[30:]
    assert all(before[number] != after[number] for number in (24, 25, 26))


def test_copied_packets_keep_their_bytes(tmp_path: Path) -> None:
    source, output = clip("short-groups"), tmp_path / "out.mp4"
    burn(source, SyntheticCaptions(SPANS), output)
    before, after = dict(packets(source, "video")), dict(packets(output, "video"))
    kept = [time for time in before if before[time] == after[time]]
    assert len(kept) == 30  # two whole groups; the others carry captions from their fourth frame on


def test_decoding_times_rise_and_never_pass_presentation(tmp_path: Path) -> None:
    burn(clip("short-groups"), SyntheticCaptions(SPANS), tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        times = [(p.dts or 0, p.pts or 0) for p in container.demux(video=0) if p.size]
    assert all(one[0] < other[0] for one, other in pairwise(times))
    assert all(dts <= pts for dts, pts in times)


def test_a_video_without_captions_is_copied_whole(tmp_path: Path) -> None:
    report = burn(clip("plain"), SyntheticCaptions([]), tmp_path / "out.mp4")
    assert (report.frames_copied, report.frames_encoded) == (60, 0)
    assert packets(tmp_path / "out.mp4", "video") == packets(clip("plain"), "video")
    assert complaints(tmp_path / "out.mp4") == ""


def test_late_and_variable_times_survive_copying(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    ffmpeg(
        *(*PICTURE, "-vf", "select='not(eq(mod(n,7),3))',setpts=PTS+0.5/TB", "-vsync", "vfr", "-g", "15"),
        *("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", str(source)),
    )
    report = burn(source, SyntheticCaptions([(0, 300_000)]), tmp_path / "out.mp4")
    assert report.frames_copied > 0
    assert frame_times(tmp_path / "out.mp4") == frame_times(source)
    assert complaints(tmp_path / "out.mp4") == ""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-g", "15", "-x264-params", "open-gop=1:scenecut=0"), "open groups"),
        (("-g", "15", "-pix_fmt", "yuv420p10le"), "10 bits"),
        (("-g", "15", "-pix_fmt", "yuv444p"), "full chroma"),
        (
            ("-g", "250", "-x264-params", "intra-refresh=1:keyint=30"),
            "recovery points instead of IDR pictures",
        ),
    ],
)
def test_doubtful_streams_are_encoded_whole(arguments: tuple[str, ...], why: str, tmp_path: Path) -> None:
    source = encoded(tmp_path, "-preset", "veryfast", *arguments)
    report = burn(source, SyntheticCaptions([(0, 100_000)]), tmp_path / "out.mp4")
    assert report.frames_copied == 0, why
    assert frame_times(tmp_path / "out.mp4") == frame_times(source)


@pytest.mark.parametrize("kind", ["hevc", "vp9", "variable-rate"])
def test_other_codecs_and_single_groups_are_encoded_whole(kind: str, tmp_path: Path) -> None:
    report = burn(clip(kind), SyntheticCaptions([(0, 100_000)]), tmp_path / "out.mp4")
    assert report.frames_copied == 0


def test_changing_parameters_are_encoded_whole(tmp_path: Path) -> None:
    """Two encodings joined: the second's parameter sets are inside its first picture."""
    for name, crf in (("one.ts", "20"), ("two.ts", "35")):
        ffmpeg(
            *PICTURE,
            "-c:v",
            "libx264",
            "-preset",
            "veryfast" if crf == "20" else "medium",
            "-crf",
            crf,
            "-g",
            "15",
            str(tmp_path / name),
        )
    (tmp_path / "both.ts").write_bytes(
        (tmp_path / "one.ts").read_bytes() + (tmp_path / "two.ts").read_bytes()
    )
    ffmpeg("-fflags", "+genpts", "-i", str(tmp_path / "both.ts"), "-c", "copy", str(tmp_path / "both.mp4"))
    report = burn(tmp_path / "both.mp4", SyntheticCaptions([(0, 100_000)]), tmp_path / "out.mp4")
    assert report.frames_copied == 0


def test_scaling_forbids_copying(tmp_path: Path) -> None:
    report = burn(
        clip("short-groups"), SyntheticCaptions(SPANS), tmp_path / "out.mp4", RenderOptions(width=160)
    )
    assert report.frames_copied == 0


def test_a_caption_outside_its_announced_time_is_an_error(tmp_path: Path) -> None:
    class Lying(SyntheticCaptions):
        def visible_us(self, canvas: Canvas) -> list[tuple[int, int]]:  # noqa: ARG002
            return [(0, 100_000)]

        def _paint(self, canvas: Canvas):  # type: ignore[no-untyped-def]
            return SyntheticCaptions([(0, 1_000_000)])._paint(canvas)

    with pytest.raises(RenderError, match="was to be copied"):
        burn(clip("short-groups"), Lying(), tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_ladder_and_groups_of_a_real_file() -> None:
    table = read_frame_table(clip("short-groups"))
    assert closed_groups(table) == [(0, 15), (15, 30), (30, 45), (45, 60)]
    ladder = decoding_ladder(table)
    assert (np.diff(ladder) > 0).all()
    assert (ladder <= table.pts).all()


def test_late_start_is_copied_too(tmp_path: Path) -> None:
    report = burn(late(), SyntheticCaptions([]), tmp_path / "out.mp4")
    assert report.frames_copied == 60
    assert frame_times(tmp_path / "out.mp4") == frame_times(late())


@given(st.data())
def test_runs_cover_all_frames_and_copy_no_caption(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=6))
    stops = list(accumulate(sizes))
    groups = list(zip([0, *stops], stops, strict=False))
    captioned = np.array(
        data.draw(st.lists(st.booleans(), min_size=stops[-1], max_size=stops[-1])), dtype=bool
    )
    shuffled = [first + offset for first, stop in groups for offset in _reordered(stop - first)]
    rank = np.array(shuffled)
    runs = plan_runs(groups, captioned, rank)
    assert [run.first for run in runs] == [0, *(run.stop for run in runs[:-1])]
    assert runs[-1].stop == stops[-1]
    assert all(one.copied != other.copied for one, other in pairwise(runs))
    for run in runs:
        if run.copied:
            assert not captioned[run.first : run.stop].any()
            assert run.first in {first for first, _ in groups}
            assert sorted(rank[run.first : run.stop]) == list(range(run.first, run.stop))
        else:
            assert captioned[run.first : run.stop].any()


def _reordered(count: int) -> list[int]:
    """Decoding order of a group with pairs of B pictures: 0 3 1 2 6 4 5 …"""
    order = [0]
    for start in range(1, count, 3):
        block = list(range(start, min(start + 3, count)))
        order += [block[-1], *block[:-1]]
    return order


def test_configuration_survives_a_round_trip() -> None:
    with av.open(str(clip("plain"))) as container:
        record = container.streams.video[0].codec_context.extradata
    assert record is not None
    configuration = h264.Configuration.parse(record)
    assert configuration.record() == record
    assert configuration.free_id() == 1
    assert probe(clip("plain")).require_video().codec == "h264"


@given(
    st.lists(
        st.binary(min_size=1, max_size=40).map(lambda b: b"\x65" + b.replace(b"\0", b"\1")),
        min_size=1,
        max_size=6,
    )
)
def test_start_codes_become_lengths(units: list[bytes]) -> None:
    stream = b"".join((b"\0\0\0\1" if number % 2 else b"\0\0\1") + unit for number, unit in enumerate(units))
    assert h264.with_lengths(stream) == b"".join(struct.pack(">I", len(unit)) + unit for unit in units)
    assert h264.unit_kinds(h264.with_lengths(stream)) == {5}


@given(st.binary(max_size=60))
def test_broken_records_and_packets_are_refused_not_crashed_on(data: bytes) -> None:
    for read in (h264.Configuration.parse, h264.unit_kinds):
        try:
            read(data)
        except ValueError:
            continue
