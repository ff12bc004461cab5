from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import jiwer
import numpy as np
import psutil
import pytest

from ecg.errors import SpeechError
from ecg.media.audio import Sound
from ecg.speech.activity import Region, find_speech, listening_regions
from ecg.speech.engines import sphinx_pool
from ecg.speech.engines.sphinx import SphinxEngine
from ecg.speech.engines.sphinx_pool import SphinxPool, Task
from tests.speech.recordings import CARDS_TEXT


def _ignore(_done: float) -> None:
    pass


def _children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "sphinx_worker" in " ".join(p.cmdline())]


@pytest.fixture(scope="module")
def engine() -> Iterator[SphinxEngine]:
    with SphinxEngine() as loaded:
        yield loaded


def test_clear_speech_is_understood(engine: SphinxEngine, cards: Sound) -> None:
    fractions: list[float] = []
    regions = listening_regions(find_speech(cards), cards)
    heard = engine.transcribe(cards, regions, language="en", progress=fractions.append)
    assert jiwer.wer(CARDS_TEXT, " ".join(word.text for word in heard.words)) < 0.15
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    assert heard.warnings == ()


def test_words_lie_in_their_regions_in_order(engine: SphinxEngine, cards: Sound) -> None:
    regions = listening_regions(find_speech(cards), cards)
    words = engine.transcribe(cards, regions, language="auto", progress=_ignore).words
    edges = [edge for word in words for edge in (word.start or 0.0, word.end or 0.0)]
    assert edges == sorted(edges)
    assert all(0 <= (word.confidence or 0) <= 1 for word in words)
    assert regions[0].start <= edges[0] <= edges[-1] <= regions[-1].end


def test_an_assumed_language_is_told(engine: SphinxEngine, cards: Sound) -> None:
    heard = engine.transcribe(cards, [], language="auto", progress=_ignore)
    assert heard.language == "en"
    assert any("English" in warning for warning in heard.warnings)


def test_a_region_is_heard_alike_whatever_came_before(engine: SphinxEngine, cards: Sound) -> None:
    regions = listening_regions(find_speech(cards), cards)
    forward = engine.transcribe(cards, regions, language="en", progress=_ignore).words
    backward = engine.transcribe(cards, regions[::-1], language="en", progress=_ignore).words
    assert sorted(backward, key=lambda w: w.start or 0.0) == list(forward)


def test_the_number_of_processes_changes_nothing(
    engine: SphinxEngine, cards: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions = listening_regions(find_speech(cards), cards)
    monkeypatch.setattr(sphinx_pool, "_MAX_WORKERS", 1)
    with SphinxEngine() as alone:
        one = alone.transcribe(cards, regions, language="en", progress=_ignore).words
    assert one == engine.transcribe(cards, regions, language="en", progress=_ignore).words


def test_known_words_are_aligned_and_text_that_does_not_fit_is_not(
    engine: SphinxEngine, cards: Sound
) -> None:
    whole = Region(0.0, cards.seconds)
    fits, foreign = engine.align(
        cards, [(whole, CARDS_TEXT.split()), (Region(0.0, 0.4), CARDS_TEXT.split())], {}, progress=_ignore
    )
    assert [word.text for word in fits] == CARDS_TEXT.split()
    assert foreign == []


def test_words_that_the_dictionary_lacks_are_named(engine: SphinxEngine) -> None:
    assert engine.unknown(["hello", "zorblax", "the"]) == {"zorblax"}


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_process_is_one_error_and_the_pool_goes_on(blow: signal.Signals) -> None:
    pool = SphinxPool()
    try:
        pool.start(1)
        (child,) = [p for p in _children() if p.create_time() == max(c.create_time() for c in _children())]
        threading.Timer(0.3, child.send_signal, [blow]).start()
        noise = np.random.default_rng(0).normal(0, 4000, 16000 * 30).astype(np.int16).tobytes()
        with pytest.raises(SpeechError, match="ended with"):
            pool.run([Task({"task": "listen"}, noise)])
        assert pool.run([Task({"task": "unknown", "text": ["hello"]})]) == [{"unknown": []}]
    finally:
        pool.close()


def test_an_interruption_leaves_no_process(cards: Sound) -> None:
    before = {p.pid for p in _children()}

    def interrupt(_done: float) -> None:
        raise KeyboardInterrupt

    regions = listening_regions(find_speech(cards), cards)
    with pytest.raises(KeyboardInterrupt), SphinxEngine() as engine:
        engine.transcribe(cards, regions, language="en", progress=interrupt)
    assert {p.pid for p in _children()} <= before
