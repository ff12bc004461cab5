"""The Python functions: what importing costs, how progress is told, the whole way on recorded speech."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ecg
from ecg import api
from ecg.assets import speaker_encoder
from ecg.media import probe

SPEECH = Path("/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0880.wav")
SAID = "he was not an ill disposed young man"


def test_importing_ecg_loads_nothing_else() -> None:
    code = "import sys, ecg; print(sorted(n for n in sys.modules if n.startswith('ecg')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['ecg', 'ecg.errors']"


def test_every_public_name_is_there() -> None:
    for name in ecg.__all__:
        assert getattr(ecg, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        ecg.nonsense  # noqa: B018


def test_listening_is_told_stage_by_stage() -> None:
    told: list[tuple[str, float]] = []
    tell = api._by_band(lambda stage, share: told.append((stage, round(share, 2))))
    for percent, message in [
        (0, "Getting ready"),
        (10, "Getting ready"),
        (10, "Taking out the sound"),
        (17.5, "Taking out the sound"),
        (25, "Taking out the sound"),
        (25, "Finding speech"),
        (40, "Finding speech"),
        (90, "Writing the result"),
        (100, "Writing the result"),
    ]:
        tell(percent, message)
    assert told == [
        ("start", 0.0),
        ("start", 1.0),
        ("audio", 0.0),
        ("audio", 0.5),
        ("audio", 1.0),
        ("activity", 0.0),
        ("activity", 1.0),
        ("result", 0.0),
        ("result", 1.0),
    ]


@pytest.mark.skipif(not SPEECH.is_file(), reason="pocketsphinx-testdata is not installed")
@pytest.mark.skipif(not speaker_encoder.weights_path().is_file(), reason="ecg models pull has not run")
def test_caption_from_sound_to_picture(tmp_path: Path) -> None:
    video, transcript = tmp_path / "talk.mp4", tmp_path / "said.txt"
    transcript.write_text(SAID)
    picture = ["-f", "lavfi", "-i", "color=c=gray:s=320x180:r=25"]
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", *picture, "-i", str(SPEECH), "-shortest", str(video)],
        check=True,
    )
    stages: list[str] = []

    made = ecg.caption(
        video,
        language="en",
        engine="pocketsphinx",
        transcript=transcript,
        template="karaoke",
        progress=lambda stage, _share: stages.append(stage),
    )

    assert made.output == tmp_path / "talk.captioned.mp4"
    assert made.report.frames_dropped == 0
    assert probe(made.output).require_video().width == 320
    assert " ".join(word.text for _, word in made.scenario.words()).lower() == SAID
    assert made.scenario.template == "karaoke"
    assert {"listen", "compose", "render"} == made.seconds.keys()
    assert list(dict.fromkeys(stages)) == [
        *("start", "audio", "activity", "speakers", "words", "emotion", "result"),
        *("compose", "render"),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["said.txt", "talk.captioned.mp4", "talk.mp4"]
