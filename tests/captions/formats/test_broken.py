"""Damaged files of every format: one error that says where, or a scenario; never anything else."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg.captions.formats import READABLE, WRITABLE, check, read, write
from ecg.errors import ScenarioError
from tests.captions.formats.samples import SAMPLES

POISON = [
    b"-->", b"<", b"{", b"}", b"\\", b"\n", b"\r", b"\0", b"\xff", b"NaN", b"-1", b"1e999", b"null", b"[",
    b",", b":", b"99:99:99", b"\xef\xbb\xbf", b"&#0;", b"\\ud800", b"\xe2\x80\xa8", b"9" * 400, b"\\k",
    b'"', b"\\pos(", b"00:00:01.000 --> 00:00:00.000\n", b"Dialogue:", b"Format:", b"STYLE\n",
    b"::cue(x){color:red}",
]  # fmt: skip


def damaged(data: bytes, source: random.Random) -> bytes:
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(data) + 1)
        how = source.random()
        if how < 0.2:
            data = data[:at]
        elif how < 0.6:
            data = data[:at] + source.choice(POISON) + data[at + source.choice((0, 0, 1, 10)) :]
        elif how < 0.8:
            data = data[:at] + data[at + source.randint(1, 40) :]
        else:
            start = source.randrange(len(data) + 1)
            data = data[:at] + data[start : start + 60] + data[at:]
    return data


def survives(data: bytes, name: str) -> None:
    errors = [finding for finding in check(data, name=name) if finding.severity == "error"]
    if errors:
        (error,) = errors
        assert error.where
        assert error.message
        with pytest.raises(ScenarioError):
            read(data, name=name)
        return
    scenario = read(data, name=name).scenario
    for fmt in WRITABLE:
        written = write(scenario, fmt)
        if fmt in ("json", "srt", "vtt", "ass"):
            read(written, name=f"again.{fmt}")


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 2**32))
def test_damaged_samples(sample: tuple[str, bytes], seed: int) -> None:
    name, data = sample
    survives(damaged(data, random.Random(seed)), name)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(READABLE))
def test_noise(data: bytes, extension: str) -> None:
    survives(data, f"noise.{extension}")


@pytest.mark.parametrize(("name", "data"), SAMPLES)
def test_every_sample_is_sound(name: str, data: bytes) -> None:
    assert not [finding for finding in check(data, name=name) if finding.severity == "error"]


@pytest.mark.parametrize(("name", "data"), SAMPLES)
def test_every_sample_cut_anywhere(name: str, data: bytes) -> None:
    for at in range(0, len(data), max(1, len(data) // 25)):
        survives(data[:at], name)
