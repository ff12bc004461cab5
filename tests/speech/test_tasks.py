"""A job of listening from a URL to its result: alone, warm, killed and gone on with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ecg.errors import Cancelled, FetchRefused, ForbiddenUrl, LanguageError, MediaError, TooLarge
from ecg.jobs.kinds import find_kind
from ecg.jobs.service import Jobs
from ecg.jobs.spine import open_spine
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.jobs.workers.worker import Worker
from ecg.settings import Settings, load_settings
from ecg.speech import tasks
from ecg.speech.contract import callback_url, told
from ecg.speech.kept_pieces import sweep
from ecg.speech.schemas import SpeechPayload, SpeechResult
from ecg.store import ObjectStore, open_store
from tests.render.job_context import KeptContext
from tests.speech.server.serving import file_host
from tests.speech.talk import available, write_talk

pytestmark = [
    pytest.mark.skipif(not available(), reason="recorded speech is not installed"),
    pytest.mark.usefixtures("weights"),
]

SECONDS = 26.0
PIECE_SECONDS = 6


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("talks")
    write_talk(folder / "talk.wav", SECONDS)
    write_talk(folder / "short.wav", 4)
    (folder / "text.wav").write_text("not a sound")
    with file_host(folder) as url:
        yield url


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("ECG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ALLOWED_PRIVATE_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("SPEECH_PIECE_SECONDS", str(PIECE_SECONDS))
    load_settings.cache_clear()
    yield load_settings()
    load_settings.cache_clear()


@pytest.fixture
def store(settings: Settings) -> ObjectStore:
    return open_store(settings)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[KeptContext]:
    work = tmp_path / "work"
    work.mkdir()
    context = KeptContext(work)
    yield context
    context.close()
    left = [child for child in psutil.Process().children() if "sphinx_worker" in " ".join(child.cmdline())]
    assert left == []


def payload(url: str, **fields: Any) -> SpeechPayload:
    return SpeechPayload.model_validate({"video_url": url, "language": "en", **fields})


def what_was_heard(result: SpeechResult) -> dict[str, Any]:
    """All of a result but how it came about."""
    return result.model_dump(exclude={"metadata"})


@pytest.fixture(scope="module")
def undisturbed(host: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[SpeechResult, KeptContext]:
    """The talk, listened to in pieces, and what the job told."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_DATA_DIR", str(folder / "data"))
        patch.setenv("ALLOWED_PRIVATE_NETWORKS", "127.0.0.0/8")
        patch.setenv("SPEECH_PIECE_SECONDS", str(PIECE_SECONDS))
        load_settings.cache_clear()
        context = KeptContext(folder)
        result = tasks.listen(context, payload(f"{host}/talk.wav", enable_gpu=False, max_workers=2))
        context.close()
        load_settings.cache_clear()
    return result, context


class TestAJob:
    def test_hears_words_and_both_speakers_over_all_pieces(
        self, undisturbed: tuple[SpeechResult, KeptContext]
    ) -> None:
        result, _ = undisturbed
        assert result.duration == SECONDS
        assert result.metadata.pieces >= 4
        assert set(result.speakers) == {"SPEAKER_00", "SPEAKER_01"}
        words = [word for part in result.segments for word in part.words]
        assert len(words) > 40
        starts = [word.start for word in words if word.start is not None]
        assert starts == sorted(starts)
        assert sum(word.pitch_hz is not None for word in words) > 0.8 * len(words)

    def test_tells_what_it_was_asked_for(self, undisturbed: tuple[SpeechResult, KeptContext]) -> None:
        facts = undisturbed[0].metadata
        assert facts.asked.model_dump() == {
            "language": "en",
            "enable_gpu": False,
            "emotion_detection": True,
            "max_workers": 2,
        }
        assert (facts.device, facts.attempts, facts.pieces_kept) == ("cpu", 1, 0)
        assert facts.emotion_method is not None

    def test_progress_goes_through_the_bands(self, undisturbed: tuple[SpeechResult, KeptContext]) -> None:
        percents = [told["percent"] for told in undisturbed[1].told]
        assert percents == sorted(percents)
        assert (percents[0], percents[-1]) == (0, 100)
        stages = list(dict.fromkeys(told["stage"] for told in undisturbed[1].told))
        assert stages == [
            *("start", "sound", "speech detection", "speakers", "transcription", "voice and emotion"),
            "result",
        ]

    def test_measures_work_deadline_and_memory(self, undisturbed: tuple[SpeechResult, KeptContext]) -> None:
        known = {name: value for given in undisturbed[1].measured for name, value in given.items()}
        assert known["work"] == SECONDS
        assert known["deadline"] > 10 * SECONDS
        assert known["memory_mb"] > 100

    def test_obeys_and_leaves_nothing_but_a_warm_engine(
        self, job: KeptContext, host: str, store: ObjectStore
    ) -> None:
        asked = payload(f"{host}/short.wav", emotion_detection=False, max_workers=1)
        result = tasks.listen(job, asked)
        assert result.metadata.emotion_method is None
        assert all(part.emotion is None for part in result.segments)
        (first,) = _listeners()
        job.job_id = "job-2"
        tasks.listen(job, asked)
        assert _listeners() == [first], "the engine stayed"
        assert list(store.keys("speech/")) == []
        assert {path.name for path in job.folder.iterdir()} == {"sound.pcm"}

    def test_gives_the_engine_up_when_memory_is_short(self, job: KeptContext, host: str) -> None:
        job.short = True
        tasks.listen(job, payload(f"{host}/short.wav"))
        assert _listeners() == []


def _listeners() -> list[int]:
    return [p.pid for p in psutil.Process().children() if "sphinx_worker" in " ".join(p.cmdline())]


class TestGoingOn:
    def test_after_a_stop_hears_the_same_without_doing_it_again(
        self, job: KeptContext, host: str, store: ObjectStore, undisturbed: tuple[SpeechResult, KeptContext]
    ) -> None:
        asked = payload(f"{host}/talk.wav", enable_gpu=False, max_workers=2)
        job.stop_at = 68  # in the middle of the transcription
        with pytest.raises(Cancelled):
            tasks.listen(job, asked)
        kept = sum("/words-" in key for key in store.keys("speech/"))
        assert kept >= 1
        job.stop_at, job.attempt, job.told = 1000, 2, []
        result = tasks.listen(job, asked)
        assert (result.metadata.attempts, result.metadata.pieces_kept) == (2, kept)
        assert what_was_heard(result) == what_was_heard(undisturbed[0])
        assert list(store.keys("speech/")) == []
        measured = {name: value for given in job.measured for name, value in given.items()}
        assert measured["work"] < SECONDS, "what was found finished says nothing of the speed"

    def test_another_sound_under_the_same_job_is_heard_anew(
        self, job: KeptContext, host: str, store: ObjectStore
    ) -> None:
        job.stop_at = 68
        with pytest.raises(Cancelled):
            tasks.listen(job, payload(f"{host}/talk.wav"))
        assert list(store.keys("speech/"))
        job.stop_at, job.told = 1000, []
        fresh = tasks.listen(job, payload(f"{host}/short.wav"))
        assert fresh.duration == 4
        assert fresh.segments[-1].end_time <= 4

    def test_what_nobody_goes_on_with_is_swept(self, store: ObjectStore, tmp_path: Path) -> None:
        from datetime import timedelta

        (tmp_path / "piece").write_text("{}")
        store.put_file("speech/service/job-9/words-000.json", tmp_path / "piece", content_type="text/plain")
        assert sweep(store) == 0
        assert sweep(store, older_than=timedelta(0)) == 1

    def test_a_killed_executor_costs_a_piece(
        self, host: str, settings: Settings, undisturbed: tuple[SpeechResult, KeptContext]
    ) -> None:
        view, kept = asyncio.run(_killed_in_the_middle(settings, f"{host}/talk.wav"))
        assert view.state is State.DONE, view
        result = SpeechResult.model_validate(view.result)
        assert result.metadata.attempts == 2
        assert result.metadata.pieces_kept >= kept >= 1
        assert what_was_heard(result) == what_was_heard(undisturbed[0])


async def _killed_in_the_middle(settings: Settings, url: str) -> tuple[JobView, int]:
    """A worker's job whose executor gets SIGKILL once a piece is finished; and how many were by then."""
    store = open_store(settings)
    async with open_spine(settings) as spine:
        worker = Worker(settings, spine.jobs, queues=[tasks.QUEUE], slots=1)
        working = asyncio.create_task(worker.run())
        try:
            asked = payload(url, enable_gpu=False, max_workers=2)
            await spine.jobs.submit(tasks.SPEECH, asked, tenant_id="service", job_id="killed")
            async with asyncio.timeout(60):
                while not (kept := sum("/words-" in key for key in store.keys("speech/"))):
                    await asyncio.sleep(0.02)
            for process in psutil.Process().children(recursive=True):
                if "ecg.jobs.execution.guardian" in " ".join(process.cmdline()):
                    process.kill()
            return await _ended(spine.jobs, "killed"), kept
        finally:
            worker.stop()
            await working


async def _ended(jobs: Jobs, job_id: str) -> JobView:
    async with asyncio.timeout(90):
        while not (view := await jobs.get("service", job_id)).state.final:
            await asyncio.sleep(0.05)
        return view


class TestWhatCannotBeHeard:
    @pytest.mark.parametrize(
        ("url", "error"),
        [
            ("HOST/none.wav", FetchRefused),
            ("HOST/text.wav", MediaError),
            ("http://169.254.169.254/a.mp4", ForbiddenUrl),
        ],
    )
    def test_says_why(self, job: KeptContext, host: str, url: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            tasks.listen(job, payload(url.replace("HOST", host)))

    def test_a_language_that_no_engine_knows_fails_before_the_fetch(self, job: KeptContext) -> None:
        with pytest.raises(LanguageError):
            tasks.listen(job, payload("http://127.0.0.1:9/none.mp4", language="tlh"))

    def test_a_sound_that_is_too_long(
        self, job: KeptContext, host: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MAX_VIDEO_SECONDS", "3")
        load_settings.cache_clear()
        with pytest.raises(TooLarge):
            tasks.listen(job, payload(f"{host}/short.wav"))


class TestTheContract:
    def test_a_result_comes_with_completed_only(self) -> None:
        done = JobView("t", "j", "speech", State.DONE, progress=97, result={"text": "hi"})
        assert told(done) == {
            "job_id": "j",
            "status": "completed",
            "progress": 100,
            "message": "done",
            "result": {"text": "hi"},
        }
        running = JobView("t", "j", "speech", State.PROCESSING, progress=65, message="Listening")
        assert told(running) == {
            "job_id": "j",
            "status": "processing",
            "progress": 65,
            "message": "Listening",
        }

    @pytest.mark.parametrize(
        ("view", "code"),
        [
            (JobView("t", "j", "speech", State.FAILED, error_code="TIMEOUT_ERROR"), "TIMEOUT_ERROR"),
            (JobView("t", "j", "speech", State.FAILED, error_code="SOMETHING_NEW"), "INTERNAL_ERROR"),
            (JobView("t", "j", "speech", State.CANCELLED), "CANCELLED"),
        ],
    )
    def test_an_error_comes_with_failed_only(self, view: JobView, code: str) -> None:
        body = told(view)
        assert (body["status"], body["error_code"]) == ("failed", code)
        assert body["error_message"]
        assert "result" not in body

    def test_callbacks_go_to_the_servers_result_route(self) -> None:
        assert callback_url("http://backend:8000/") == "http://backend:8000/api/upload-video/result"

    def test_the_kind_is_registered_with_all_of_it(self) -> None:
        kind = find_kind("speech")
        asked = payload("http://example.com/a.mp4")
        assert (kind.queue, kind.callback) == ("speech", told)
        assert kind.need(asked).memory_mb > 500
        assert kind.deadline(asked) > 3600
