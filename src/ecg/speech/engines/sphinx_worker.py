"""The child process in which pocketsphinx listens. Run by path (`ecg.speech.engines.sphinx_pool`), never
imported.

pocketsphinx holds Python's global lock while it decodes, so two cores need two processes; and a native crash
must not take the caller with it. The file imports nothing of `ecg`, which keeps a start at the price of the
model (0.5 s).

Tasks come on standard input, one JSON line each, followed by `bytes` of 16 kHz mono s16le sound:

    {"task": "listen", "bytes": N}                          → {"words": [[text, first frame, frame after,
    probability]]} {"task": "align", "bytes": N, "text": [...],
     "pronunciations": {word: "PH ON ES"}}                  → the same, for exactly these words; empty if
     they do not fit
    {"task": "unknown", "bytes": 0, "text": [...]}          → {"unknown": [words that the dictionary lacks]}

A frame is 10 ms. The process ends when its input does, so it cannot outlive its parent.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Any, BinaryIO

from pocketsphinx import Decoder

# Kept per frame; pocketsphinx's own 30,000 take 1.6 times the CPU and gave the same words, letter for letter.
_MOST_STATES = 3000


def main() -> None:
    # Ctrl-C reaches the whole process group; the parent decides and ends us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    decoder = Decoder(samprate=16000, loglevel="FATAL", maxhmmpf=_MOST_STATES)
    _answer({"ready": True})
    while line := sys.stdin.buffer.readline():
        task = json.loads(line)
        pcm = _exactly(sys.stdin.buffer, task["bytes"])
        if pcm is None:
            return
        _answer(_work(decoder, task, pcm))


def _work(decoder: Decoder, task: dict[str, Any], pcm: bytes) -> dict[str, Any]:
    match task["task"]:
        case "listen":
            decoder.activate_search()
            return {"words": _decode(decoder, pcm)}
        case "align":
            return {"words": _align(decoder, pcm, task["text"], task["pronunciations"])}
        case "unknown":
            return {"unknown": sorted({word for word in task["text"] if decoder.lookup_word(word) is None})}
        case other:
            raise ValueError(f"unknown task {other!r}")


def _align(decoder: Decoder, pcm: bytes, text: list[str], pronunciations: dict[str, str]) -> list[list[Any]]:
    for word, phones in pronunciations.items():
        if decoder.lookup_word(word) is None:
            decoder.add_word(word, phones, True)
    try:
        decoder.set_align_text(" ".join(text))
        words = _decode(decoder, pcm)
    except RuntimeError:  # the text does not fit the sound: no path through it
        return []
    return words if [word[0] for word in words] == text else []


def _decode(decoder: Decoder, pcm: bytes) -> list[list[Any]]:
    decoder.reinit_feat()  # forget the mean of the task before: no task colours the next
    decoder.start_utt()
    decoder.process_raw(pcm, no_search=False, full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return []
    # `the(2)` is a second pronunciation of `the`; <sil>, [NOISE] and ++UM++ are not words; end frames are
    # inclusive
    return [
        [segment.word.split("(")[0], segment.start_frame, segment.end_frame + 1, float(segment.prob)]
        for segment in decoder.seg()
        if segment.word[0] not in "<[+"
    ]


def _exactly(stream: BinaryIO, count: int) -> bytes | None:
    data = stream.read(count)
    return data if len(data) == count else None


def _answer(content: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(content).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
