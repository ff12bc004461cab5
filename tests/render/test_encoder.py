"""Encoders are chosen by what they do, not by what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg.errors import MissingDependency
from ecg.render.encoder import EncoderChoice, hardware_encoder, software_encoder, try_encoder
from ecg.render.options import RenderOptions
from ecg.render.pipeline import burn
from tests.media.clips import clip
from tests.render.synthetic import SyntheticCaptions


def test_software_encoders_work() -> None:
    assert try_encoder(software_encoder("mp4", RenderOptions())) is None
    assert try_encoder(software_encoder("webm", RenderOptions())) is None


def test_a_probe_says_why_not() -> None:
    assert try_encoder(EncoderChoice("no_such_encoder", {}))
    assert try_encoder(EncoderChoice("libx264", {"preset": "warp"}))


def test_quality_becomes_a_rate_factor() -> None:
    factors = {
        quality: RenderOptions(quality=quality).constant_rate_factor for quality in (1, 50, 75, 90, 100)
    }
    assert factors == {1: 42, 50: 30, 75: 23, 90: 20, 100: 17}
    assert RenderOptions().constant_rate_factor == 20
    assert RenderOptions(crf=0, quality=1).constant_rate_factor == 0
    assert software_encoder("mp4", RenderOptions(crf=23, preset="slow")).options == {
        "preset": "slow",
        "crf": "23",
    }


def gpu_choice() -> EncoderChoice | MissingDependency:
    try:
        return hardware_encoder("mp4", RenderOptions())
    except MissingDependency as error:
        return error


def test_gpu_mode_uses_a_working_encoder_or_names_all_that_failed(tmp_path: Path) -> None:
    found = gpu_choice()
    if isinstance(found, EncoderChoice):
        report = burn(clip("plain"), SyntheticCaptions(), tmp_path / "out.mp4", RenderOptions(gpu=True))
        assert (report.encoder, report.frames_processed) == (found.name, 60)
        return
    assert found.hint
    for name in ("h264_nvenc", "h264_vaapi", "h264_qsv", "h264_videotoolbox"):
        assert f"{name}: " in found.message
    with pytest.raises(MissingDependency):
        burn(clip("plain"), SyntheticCaptions(), tmp_path / "out.mp4", RenderOptions(gpu=True))
    assert list(tmp_path.iterdir()) == []
