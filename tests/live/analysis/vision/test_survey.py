"""What the survey finds in clips of known truth, and that it finds nothing in a quiet room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest

from ecg.errors import Cancelled, MediaError
from ecg.live.analysis.engines.base import Wishes
from ecg.live.analysis.engines.local import LocalEngine
from ecg.live.analysis.vision.footage import Footage
from ecg.live.analysis.vision.survey import Survey, survey
from tests.live.analysis.clips import (
    Clip,
    Walker,
    defocused,
    during,
    shifted,
    turned,
    veiled,
    whitened,
    write_clip,
)

Made = Callable[[Clip], Path]
SLACK = 1.6
"""Seconds by which a finding may begin or end elsewhere than the truth."""
PASSING = (Walker(5, 11, -0.05, 1.05),)

CLIPS = (
    Clip("white", 20, (during(8, 13, whitened),), PASSING, {"camera_white": [(8, 13)]}),
    Clip("covered", 20, (during(8, 14, veiled),), PASSING, {"camera_covered": [(8, 14)]}),
    Clip("out of focus", 20, (during(8, 14, defocused),), PASSING, {"camera_covered": [(8, 14)]}),
    Clip("turned and back", 24, (during(10, 17, turned),), PASSING, {"camera_moved": [(10, 17)]}),
    Clip("knocked", 24, (during(15, 99, shifted),), PASSING, {"camera_moved": [(15, 24)]}),
    Clip("frozen", 28, (), PASSING, {"camera_frozen": [(8, 20)]}, freeze=(8, 20)),
    Clip("frozen, noisy", 32, (), PASSING, {"camera_frozen": [(8, 22)]}, freeze=(8, 22), freeze_noise=2.0),
    Clip("fall", 20, (), (Walker(5, 20, 0.1, 0.6, falls=11),), {"fall": [(11, 15)]}),
)


@pytest.mark.parametrize("clip", CLIPS, ids=[clip.name for clip in CLIPS])
def test_what_happened_is_found_and_nothing_else(clip: Clip, made: Made) -> None:
    found = survey(Footage(made(clip)), people=True)
    truth = [(name, span) for name, spans in clip.incidents.items() for span in spans]
    assert [one.category.value for one in found.findings] == [name for name, _ in truth]
    for one, (_, (begin, end)) in zip(found.findings, truth, strict=True):
        assert abs(one.start - begin) <= SLACK
        assert abs(one.end - end) <= SLACK
        assert 0 < one.confidence <= 1
        assert one.method


class TestQuiet:
    @pytest.fixture
    def quiet(self, made: Made) -> Survey:
        return survey(Footage(made(Clip("quiet", 20))), people=True)

    def test_nothing_is_found(self, quiet: Survey) -> None:
        assert list(quiet.findings) == []
        assert quiet.stirring == 0

    def test_the_curve_says_so(self, quiet: Survey) -> None:
        assert [(point.at, point.motion, point.people) for point in quiet.activity] == [
            (0.0, 0.0, 0),
            (10.0, 0.0, 0),
        ]


class TestPeople:
    def test_somebody_who_walks_by_is_counted_and_is_no_incident(self, made: Made) -> None:
        clip = Clip("walks by", 20, (), PASSING)
        found = survey(Footage(made(clip)), people=True)
        whole = [(at, count) for at, count in found.people if clip.people_at(at)]
        assert list(found.findings) == []
        assert len(whole) >= 4
        assert sum(count == 1 for _, count in whole) >= 0.8 * len(whole)
        assert max(point.people or 0 for point in found.activity) == 1

    def test_who_stops_and_walks_on_did_not_fall(self, made: Made) -> None:
        walk = (Walker(5, 9, -0.05, 0.5), Walker(9, 15, 0.5, 0.501), Walker(15, 20, 0.5, 1.05))
        assert list(survey(Footage(made(Clip("stops", 22, (), walk))), people=True).findings) == []

    def test_who_bends_down_did_not_fall(self, made: Made) -> None:
        walk = (Walker(5, 19, -0.05, 1.05, bends=11),)
        assert list(survey(Footage(made(Clip("bends", 20, (), walk))), people=True).findings) == []

    def test_nobody_is_searched_for_where_a_model_looks(self, made: Made) -> None:
        found = survey(Footage(made(Clip("walks by", 20, (), PASSING))), people=False)
        assert all(point.people is None for point in found.activity)
        assert found.stirring > 0.2


def test_the_summary_counts(made: Made) -> None:
    seen = LocalEngine().look(Footage(made(CLIPS[0])), Wishes(), lambda _share, _message: None)
    assert seen.summary.startswith("The picture was white from 0:08 to 0:13; something moved ")
    assert seen.summary.endswith("at most 1 person at once.")


class TestFootage:
    def test_stills_are_those_of_their_moments(self, made: Made) -> None:
        clip = Clip("walks by", 20, (), PASSING)
        found = list(Footage(made(clip)).stills([8.0, 0.0, 19.0, 99.0], 320))
        assert [round(picture.at, 1) for picture in found] == [8.0, 0.0, 19.0, 19.9]
        assert found[0].image.shape == (180, 320, 3)

    def test_a_recording_in_fragments_has_no_index_and_needs_none(self, made: Made, tmp_path: Path) -> None:
        fragmented = tmp_path / "fragmented.mp4"
        _fragment(made(Clip("walks by", 20, (), PASSING)), fragmented)
        found = Footage(fragmented).stills([19.0, 7.3, 0.0], 320)
        assert [round(picture.at, 1) for picture in found] == [19.0, 7.3, 0.0]

    def test_progress_is_told_and_a_cancel_heard(self, made: Made) -> None:
        shares: list[float] = []

        def tell(share: float, _message: str) -> None:
            shares.append(share)
            if share > 0.5:
                raise Cancelled("enough")

        with pytest.raises(Cancelled):
            survey(Footage(made(CLIPS[0])), people=False, tell=tell)
        assert shares == sorted(shares)
        assert len(shares) > 20

    @pytest.mark.parametrize("content", [b"", b"#EXTM3U\nhttp://evil.example/x.ts\n", b"\0" * 5000])
    def test_what_is_no_video(self, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "archive.mp4"
        path.write_bytes(content)
        with pytest.raises(MediaError):
            survey(Footage(path), people=False)

    def test_sound_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "sound.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("aac", rate=48000)
            for number in range(20):
                frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
                frame.sample_rate, frame.pts = 48000, 1024 * number
                for plane in frame.planes:
                    plane.update(bytes(plane.buffer_size))
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        with pytest.raises(MediaError, match="no video"):
            survey(Footage(path), people=False)

    def test_a_file_that_was_cut_off_is_looked_at_as_far_as_it_goes(self, tmp_path: Path) -> None:
        """Recorders write fragments, so that a crash loses the last of them only."""
        whole = write_clip(Clip("short", 6), tmp_path / "whole.mp4")
        fragmented = tmp_path / "fragmented.mp4"
        _fragment(whole, fragmented)
        torn = tmp_path / "torn.mp4"
        torn.write_bytes(fragmented.read_bytes()[: int(fragmented.stat().st_size * 0.7)])
        found = survey(Footage(torn), people=False)
        assert 1 < len(found.at) < 30
        assert found.at[-1] < 5


def _fragment(source: Path, target: Path) -> None:
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(str(source)) as read, av.open(str(target), "w", options=options) as write:
        stream = write.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(read.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                write.mux(packet)


def test_a_clip_in_another_size_says_the_same(tmp_path: Path) -> None:
    clip = replace(CLIPS[1], name="large")
    path = write_clip(clip, tmp_path / "large.mp4", size=(1280, 720))
    assert [one.category.value for one in survey(Footage(path), people=False).findings] == ["camera_covered"]
