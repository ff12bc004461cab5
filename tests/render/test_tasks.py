"""A render job from a URL to an object in the store, as its worker's child process runs it."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from ecg.errors import Cancelled, EcgError, FetchRefused, ForbiddenUrl, MediaError, NotFound, ScenarioError
from ecg.intake.video_input import OwnObject, Remote, locate
from ecg.jobs.kinds import find_kind
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.media import probe, read_frame_table
from ecg.render import tasks
from ecg.render.contract import callback_body, error_code
from ecg.render.schemas import RenderPayload
from ecg.settings import load_settings
from ecg.store import ObjectStore, object_key, open_store
from tests.media.clips import clip, folder
from tests.render.job_context import KeptContext

SCENARIO = {
    "cues": [
        {"text": "Hello there", "start": 0.2, "end": 1.0, "style": {"fontSize": "32px", "color": "white"}},
        {"text": "and goodbye", "start": 1.1, "end": 1.9},
    ]
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def videos() -> Iterator[str]:
    """The URL of a server that has all clips."""
    handler = functools.partial(_Quiet, directory=str(folder()))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    monkeypatch.setenv("ECG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ALLOWED_PRIVATE_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("PUBLIC_URL", "http://ecg.example:8090")
    load_settings.cache_clear()
    yield open_store(load_settings(), public_url="http://ecg.example:8090")
    load_settings.cache_clear()


@pytest.fixture
def job(tmp_path: Path) -> Iterator[KeptContext]:
    work = tmp_path / "work"
    work.mkdir()
    context = KeptContext(work)
    before = set(psutil.Process().children())  # servers of other tests
    yield context
    context.close()
    left = set(psutil.Process().children()) - before
    assert [child for child in left if child.status() != psutil.STATUS_ZOMBIE] == []


def payload(video: str, **fields: Any) -> RenderPayload:
    return RenderPayload.model_validate({"video_url": video, "scenario": SCENARIO, **fields})


class TestARender:
    def test_ends_with_a_whole_video_in_the_store(
        self, job: KeptContext, videos: str, store: ObjectStore, tmp_path: Path
    ) -> None:
        source = clip("plain")
        result = tasks.render(job, payload(f"{videos}/{source.name}", options={"width": 480, "height": 360}))
        stored = store.head(result.object_key)
        assert stored is not None
        assert (stored.size, stored.content_type) == (result.size, "video/mp4")
        assert result.object_key == "renders/service/job-1.mp4"
        store.fetch_file(result.object_key, tmp_path / "out.mp4")
        assert probe(tmp_path / "out.mp4").require_video().display_size == (480, 360)
        assert len(read_frame_table(tmp_path / "out.mp4")) == result.frames_processed == 60
        assert (result.frames_dropped, result.drop_rate) == (0, 0.0)
        assert result.duration == pytest.approx(2, abs=0.05)
        assert result.memory_peak_mb > 50

    def test_tells_how_far_it_is(self, job: KeptContext, videos: str) -> None:
        tasks.render(job, payload(f"{videos}/{clip('plain').name}"))
        percents = [told["percent"] for told in job.told]
        assert percents == sorted(percents)
        stages = list(dict.fromkeys(told["stage"] for told in job.told))
        assert stages == ["fetch", "render", "check", "store"]
        drawn = [told for told in job.told if told["stage"] == "render"]
        assert drawn[-1]["frames_processed"] == 60
        assert {"frames_dropped", "drop_rate", "memory_peak_mb", "memory_trend"} <= drawn[-1].keys()

    def test_measures_its_work_and_sets_its_deadline_by_it(self, job: KeptContext, videos: str) -> None:
        tasks.render(job, payload(f"{videos}/{clip('plain').name}"))
        known = {name: value for measured in job.measured for name, value in measured.items()}
        assert known["work"] == pytest.approx(320 * 180 * 60 / 1e6)
        assert 100 < known["deadline"] < 200
        assert known["memory_mb"] > 50

    def test_keeps_its_browser_for_the_next_job(self, job: KeptContext, videos: str) -> None:
        asked = payload(f"{videos}/{clip('plain').name}")
        tasks.render(job, asked)
        (browser,) = job.kept["browsers"]._resting
        job.job_id = "job-2"
        tasks.render(job, asked)
        assert job.kept["browsers"]._resting == [browser]

    def test_gives_its_browser_up_when_memory_is_short(self, job: KeptContext, videos: str) -> None:
        job.short = True
        result = tasks.render(job, payload(f"{videos}/{clip('plain').name}"))
        assert job.kept["browsers"]._resting == []
        assert result.frames_dropped == 0

    @pytest.mark.parametrize("form", ["mov", "webm"])
    def test_writes_what_was_asked_for(self, job: KeptContext, videos: str, form: str) -> None:
        result = tasks.render(job, payload(f"{videos}/{clip('silent').name}", options={"format": form}))
        assert result.object_key.endswith(f".{form}")
        assert result.frames_processed == 60

    def test_takes_an_object_of_the_own_store(self, job: KeptContext, store: ObjectStore) -> None:
        store.put_file("uploads/acme/in.mp4", clip("silent"), content_type="video/mp4")
        job.tenant_id = "acme"
        assert tasks.render(job, payload("uploads/acme/in.mp4")).frames_processed == 60


class TestWhereAVideoIs:
    def test_the_own_bucket_is_the_own_store(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("S3_BUCKET", "ours")
        load_settings.cache_clear()
        found = locate("s3://ours/uploads/acme/in.mp4", load_settings(), "acme")
        assert found == OwnObject(object_key("uploads/acme/in.mp4"))

    def test_programs_with_the_service_token_name_any_object(self) -> None:
        found = locate("videos/acme/in.mp4", load_settings(), "service")
        assert found == OwnObject(object_key("videos/acme/in.mp4"))

    @pytest.mark.parametrize("reference", ["http://example.com/a.mp4", "HTTPS://example.com/a.mp4"])
    def test_a_url_is_fetched(self, reference: str) -> None:
        assert locate(reference, load_settings(), "acme") == Remote(reference)


class TestWhatCannotBeRendered:
    @pytest.mark.parametrize(
        ("video", "error"),
        [
            ("{videos}/missing.mp4", FetchRefused),
            ("{videos}/no-picture.m4a", MediaError),
            ("http://169.254.169.254/latest/meta-data", ForbiddenUrl),
            ("s3://somebody-elses/in.mp4", ForbiddenUrl),
            ("uploads/service/missing.mp4", NotFound),
        ],
    )
    def test_says_why(self, job: KeptContext, videos: str, video: str, error: type[EcgError]) -> None:
        clip("no-picture")
        with pytest.raises(error):
            tasks.render(job, payload(video.format(videos=videos)))

    def test_an_object_of_another_tenant_is_not_there(self, job: KeptContext, store: ObjectStore) -> None:
        store.put_file("uploads/acme/in.mp4", clip("silent"), content_type="video/mp4")
        job.tenant_id = "other"
        with pytest.raises(NotFound):
            tasks.render(job, payload("uploads/acme/in.mp4"))

    def test_a_broken_scenario_fails_before_anything_is_fetched(self, job: KeptContext) -> None:
        broken = {"cues": [{"text": "x", "start": 2, "end": 1}]}
        with pytest.raises(ScenarioError) as caught:
            tasks.render(job, payload("http://127.0.0.1:1/none.mp4", scenario=broken))
        assert caught.value.where == "/scenario/cues/0/end"

    def test_a_job_that_is_stopped_at_the_very_end_leaves_nothing_either(
        self, job: KeptContext, videos: str, store: ObjectStore
    ) -> None:
        clip("plain")
        job.stop_at = 100
        with pytest.raises(Cancelled):
            tasks.render(job, payload(f"{videos}/{clip('plain').name}"))
        assert list(store.keys()) == []

    def test_a_stopped_job_leaves_no_output(self, job: KeptContext, videos: str, store: ObjectStore) -> None:
        job.stop_at = 10
        with pytest.raises(Cancelled):
            tasks.render(job, payload(f"{videos}/{clip('plain').name}"))
        assert list(store.keys()) == []
        assert {path.name for path in job.folder.iterdir()} == {"input"}


def test_calibration_measures_a_speed(job: KeptContext) -> None:
    measured = tasks.calibrate(job, tasks.CalibrationPayload())
    assert measured.work_per_second > 1
    assert {name for given in job.measured for name in given} == {"work"}


class TestTheContract:
    def test_names_every_error_by_a_word_that_clients_know(self) -> None:
        assert error_code(None) is None
        assert error_code("STORAGE_ACCESS_ERROR") == "STORAGE_ACCESS_ERROR"
        assert error_code("URL_NOT_ALLOWED") == "CONNECTION_ERROR"
        assert error_code("WORKER_LOST") == error_code("INTERNAL_ERROR") == "RENDER_ERROR"

    def test_tells_a_finished_job_with_a_link(self) -> None:
        result = {"object_key": "renders/service/job-1.mp4", "size": 10, "duration": 2.0}
        view = JobView("service", "job-1", "render", State.DONE, progress=100, result=result)
        body = callback_body(view)
        link = body.pop("download_url")
        assert link.startswith("http://ecg.example:8090/files/renders/service/job-1.mp4?")
        assert body == {
            "job_id": "job-1",
            "status": "completed",
            "progress": 100,
            "message": "done",
            "estimated_time_remaining": 0,
            "file_size": 10,
            "duration": 2.0,
            "error_message": None,
            "error_code": None,
        }

    def test_tells_a_cancelled_job_as_failed(self) -> None:
        body = callback_body(JobView("service", "job-1", "render", State.CANCELLED, error_code="CANCELLED"))
        assert (body["status"], body["error_code"], body["download_url"]) == ("failed", "CANCELLED", None)

    def test_the_kind_is_registered_with_all_of_it(self) -> None:
        kind = find_kind("render")
        asked = payload("http://example.com/a.mp4", options={"width": 1280, "height": 720})
        assert (kind.queue, kind.timeout_code) == ("render", "RENDERING_TIMEOUT")
        assert kind.need(asked).memory_mb == pytest.approx(523, abs=5)
        assert kind.deadline(asked) >= 3600
