"""Debian's recorded English with transcripts: what the recogniser is judged on.

Three voices: a reader of Jane Austen (LibriVox, in pocketsphinx-testdata), a man who names playing cards
(the same package), a professional announcer (Allison Smith, Asterisk's prompts, CC-BY-SA). Prompts with
digits, abbreviations or stage directions in their transcript are left out, because the transcript does not
say how they are read.
"""

from __future__ import annotations

import gzip
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecg.media.audio import SAMPLE_RATE, Sound

TEST_DATA = Path("/usr/share/pocketsphinx/test/data")
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
PROMPT_TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
PACKAGES = {
    "pocketsphinx-testdata": TEST_DATA / "librivox",
    "asterisk-core-sounds-en-wav": PROMPTS / "demo-congrats.wav",
    "asterisk-core-sounds-en-g722": PROMPTS / "demo-congrats.g722",
    "codec2-examples": Path("/usr/share/codec2/wav"),
    "flite": Path("/usr/bin/flite"),
}
"""Debian packages of the benchmark, each with a file that it brings."""

_MOST_PROMPTS = 25
_FEWEST_WORDS = 7
_UNREADABLE = re.compile(r"[\d\[(<&/]|\b[A-Z]{2,}\b|[Aa]sterisk|[Tt]one")


@dataclass(frozen=True)
class Recording:
    source: str
    sound: Sound
    text: str
    """Lower case, no punctuation."""


def missing_packages() -> list[str]:
    return [package for package, file in PACKAGES.items() if not file.exists()]


def load() -> list[Recording]:
    """Every recording whose package is installed."""
    return [*_reader(), *_cards(), *_prompts("wav"), *_prompts("g722")]


def _reader() -> list[Recording]:
    return _transcribed(TEST_DATA / "librivox", "transcription", "audiobook reader")


def _cards() -> list[Recording]:
    return _transcribed(TEST_DATA / "cards", "cards.transcription", "playing cards")


def _transcribed(folder: Path, file: str, source: str) -> list[Recording]:
    """Sphinx's transcription files: ``<s> what is said </s> (file)`` on each line."""
    if not folder.is_dir():
        return []
    lines = re.findall(r"<s> (.*?)\s*</s> \((.*?)\)", (folder / file).read_text())
    return [Recording(source, _decode(folder / f"{name}.wav"), text) for text, name in lines]


def _prompts(extension: str) -> list[Recording]:
    if not PROMPT_TEXTS.is_file() or not any(PROMPTS.glob(f"*.{extension}")):
        return []
    source = {"wav": "announcer, telephone sound", "g722": "announcer, wide band"}[extension]
    with gzip.open(PROMPT_TEXTS, "rt", encoding="utf-8", errors="replace") as lines:
        pairs = [m.groups() for line in lines if (m := re.match(r"([\w-]+): (.*)", line))]
    read = [
        (name, text)
        for name, text in pairs
        if not _UNREADABLE.search(text) and len(text.split()) >= _FEWEST_WORDS
    ]
    there = [(PROMPTS / f"{name}.{extension}", text) for name, text in read[:_MOST_PROMPTS]]
    return [Recording(source, _decode(file), _plain(text)) for file, text in there if file.is_file()]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower().replace("-", " ")))


def _decode(file: Path) -> Sound:
    """The recordings are ours to trust, and g722 is no container that the guarded door opens."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(file),
        "-ar",
        str(SAMPLE_RATE),
        "-ac",
        "1",
        "-f",
        "s16le",
        "-",
    ]
    done = subprocess.run(command, capture_output=True, check=True)
    return Sound(np.frombuffer(done.stdout, np.int16))
