"""How well and how fast the embedded engine listens, as a table; ends with 1 when a bar is missed.

    python bench/speech.py

Word errors, word starts against forced alignment of the true text, CPU time of one core, and who speaks when
on mixes of known truth. Needs the Debian packages of `speech_corpus.PACKAGES`.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
from rich.console import Console
from rich.table import Table

from ecg.media.audio import SAMPLE_RATE, Sound
from ecg.speech import transcribe
from ecg.speech.activity import Region, find_speech, listening_regions
from ecg.speech.engines.base import HeardWord
from ecg.speech.engines.sphinx import SphinxEngine
from ecg.speech.pronunciation import guess_phones
from ecg.speech.speakers import diarize
from speech_corpus import Recording, load, missing_packages
from speech_mixes import FRAMES_PER_SECOND, MIXES, Mix, build, error_rate

START_BAR_MS = 30.0
CPU_BAR = 0.40
DIARIZATION_BAR = 0.20


@dataclass(frozen=True)
class Heard:
    words: int
    errors: float
    """Share of words that are wrong, missing or too many."""
    starts_ms: list[float]
    """How far the start of each right word lies from the aligned one."""


@dataclass(frozen=True)
class Verdict:
    what: str
    value: float
    bar: float
    unit: str

    @property
    def met(self) -> bool:
        return self.value <= self.bar


def main() -> int:
    console = Console()
    recordings = load()
    missing = missing_packages()
    if not recordings or missing:
        console.print(f"the benchmark needs recordings:  apt-get install {' '.join(missing)}")
        return 1
    verdicts = [_recognition(console, recordings), _speed(console, recordings), _speakers(console)]
    for verdict in verdicts:
        word = "met" if verdict.met else "MISSED"
        console.print(
            f"{verdict.what}: {verdict.value:.3g}{verdict.unit} (bar {verdict.bar:g}{verdict.unit}) {word}"
        )
    return 0 if all(verdict.met for verdict in verdicts) else 1


def _recognition(console: Console, recordings: Sequence[Recording]) -> Verdict:
    table = Table("recordings", "words", "word errors", "start, median", "start, 90 %", title="What is heard")
    everything: list[float] = []
    with SphinxEngine() as engine:
        for source in dict.fromkeys(r.source for r in recordings):
            heard = _listen(engine, [r for r in recordings if r.source == source])
            everything += heard.starts_ms
            edge = float(np.percentile(heard.starts_ms, 90))
            middle = statistics.median(heard.starts_ms)
            table.add_row(
                source, str(heard.words), f"{heard.errors:.1%}", f"{middle:.0f} ms", f"{edge:.0f} ms"
            )
    console.print(table)
    return Verdict("word starts, median", statistics.median(everything), START_BAR_MS, " ms")


def _listen(engine: SphinxEngine, recordings: Sequence[Recording]) -> Heard:
    truths, guesses, starts = [], [], []
    for recording in recordings:
        regions = listening_regions(find_speech(recording.sound), recording.sound)
        words = engine.transcribe(recording.sound, regions, language="en", progress=_ignore).words
        truths.append(recording.text)
        guesses.append(" ".join(_plain(word) for word in words))
        starts += _start_errors(words, _aligned(engine, recording))
    return Heard(sum(len(t.split()) for t in truths), jiwer.wer(truths, guesses), starts)


def _aligned(engine: SphinxEngine, recording: Recording) -> list[HeardWord]:
    """The true text laid on the whole recording: the reference for word starts."""
    text = recording.text.split()
    phones = {word: guess_phones(word) for word in engine.unknown(text)}
    whole = Region(0.0, recording.sound.seconds)
    return engine.align(recording.sound, [(whole, text)], phones, progress=_ignore)[0]


def _start_errors(words: Sequence[HeardWord], reference: Sequence[HeardWord]) -> list[float]:
    """Milliseconds between starts of equal words, paired by edit distance."""
    if not words or not reference:
        return []
    left, right = [_plain(w) for w in reference], [_plain(w) for w in words]
    paired = jiwer.process_words(" ".join(left), " ".join(right)).alignments[0]
    equal = [chunk for chunk in paired if chunk.type == "equal"]
    return [
        1000
        * abs((reference[chunk.ref_start_idx + i].start or 0) - (words[chunk.hyp_start_idx + i].start or 0))
        for chunk in equal
        for i in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]


def _plain(word: HeardWord) -> str:
    return {"mr": "mister", "mrs": "missus"}.get(word.text.lower(), word.text.lower())


def _speed(console: Console, recordings: Sequence[Recording]) -> Verdict:
    """The whole pipeline, with speakers and voices, on a minute of speech; child processes are counted."""
    minute = _minute([r.sound for r in recordings if "telephone" not in r.source])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "minute.wav"
        _write_wave(file, minute)
        cpu, wall = _cpu_seconds(), time.monotonic()
        result = transcribe(file, engine="pocketsphinx", language="en")
        cpu, wall = _cpu_seconds() - cpu, time.monotonic() - wall
    table = Table("stage", "seconds", title=f"{minute.seconds:.0f} s of speech, {os.cpu_count()} cores")
    for stage, seconds in result.metadata.stage_seconds.items():
        table.add_row(stage, f"{seconds:.2f}")
    table.add_row("all, wall time", f"{wall:.2f} ({minute.seconds / wall:.1f} times real time)")
    table.add_row("all, CPU time", f"{cpu:.2f}")
    console.print(table)
    return Verdict("CPU time of one core per second of sound", cpu / minute.seconds, CPU_BAR, "")


def _minute(sounds: Sequence[Sound]) -> Sound:
    pause = np.zeros(SAMPLE_RATE // 2, np.int16)
    joined = np.concatenate([part for sound in sounds for part in (sound.samples, pause)])
    return Sound(np.resize(joined, 60 * SAMPLE_RATE))


def _write_wave(file: Path, sound: Sound) -> None:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(sound.samples.tobytes())


def _cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _speakers(console: Console) -> Verdict:
    table = Table("mix", "speakers", "found", "error", "error, number given", title="Who speaks when")
    errors = []
    for name, voices in MIXES.items():
        mix = build(voices)
        found, error = _diarization(mix, None)
        _, told = _diarization(mix, len(voices))
        errors.append(error)
        table.add_row(name, str(len(voices)), str(found), f"{error:.3f}", f"{told:.3f}")
    console.print(table)
    return Verdict("diarization error, mean", statistics.mean(errors), DIARIZATION_BAR, "")


def _diarization(mix: Mix, speakers: int | None) -> tuple[int, float]:
    sound = Sound(mix.samples)
    voices = diarize(sound, find_speech(sound), speakers=speakers)
    heard = np.full(len(mix.truth), -1, dtype=np.intp)
    for turn in voices.turns():
        heard[round(turn.start * FRAMES_PER_SECOND) : round(turn.end * FRAMES_PER_SECOND)] = turn.speaker
    return voices.count, error_rate(mix.truth, heard)


def _ignore(_done: float) -> None:
    """Nobody watches the progress of a benchmark."""


if __name__ == "__main__":
    sys.exit(main())
