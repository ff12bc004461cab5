"""The render contract over HTTP: what is accepted, what is refused, that refusals leave nothing behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx2
import pytest

from ecg.settings import Settings
from tests.render.server.serving import CUES, jobs_stored, running_server, settings_in, video_host

_numbers = count()


@pytest.fixture(scope="module")
def videos() -> Iterator[str]:
    with video_host() as url:
        yield url


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_in(tmp_path_factory.mktemp("data"), MAX_VIDEO_BYTES=50_000_000)


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[httpx2.Client]:
    with running_server(settings) as client:
        yield client


@pytest.fixture
def request_body(videos: str) -> dict[str, Any]:
    """A request with a fresh id."""
    return {
        "jobId": f"job-{next(_numbers)}",
        "videoUrl": f"{videos}/plain.mp4",
        "scenario": {"cues": CUES},
        "options": {"width": 1280, "height": 720, "fps": 30, "quality": 90, "format": "mp4"},
        "callbackUrl": f"{videos}/callback",
    }


class TestAcceptance:
    def test_answers_as_the_contract_says(self, server: httpx2.Client, request_body: dict[str, Any]) -> None:
        answer = server.post("/render", json=request_body)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "status": "accepted",
            "job_id": request_body["jobId"],
            "estimated_time": None,  # no worker has measured anything
        }

    def test_knows_the_other_spelling(self, server: httpx2.Client, request_body: dict[str, Any]) -> None:
        names = {"jobId": "job_id", "videoUrl": "video_url", "callbackUrl": "callback_url"}
        other = {names.get(name, name): value for name, value in request_body.items()}
        assert server.post("/render", json=other).status_code == 200
        assert server.post("/render", json=request_body).status_code == 200, "it is the same request"

    def test_ignores_unknown_fields(self, server: httpx2.Client, request_body: dict[str, Any]) -> None:
        request_body["priority"] = "high"
        request_body["options"]["codec"] = "h264"
        assert server.post("/render", json=request_body).status_code == 200

    def test_takes_a_request_without_options_and_callback(
        self, server: httpx2.Client, request_body: dict[str, Any]
    ) -> None:
        del request_body["options"], request_body["callbackUrl"]
        assert server.post("/render", json=request_body).status_code == 200

    def test_the_same_request_is_the_same_job_though_its_video_has_gone(
        self, server: httpx2.Client, request_body: dict[str, Any], settings: Settings
    ) -> None:
        with video_host() as going:
            request_body["videoUrl"] = f"{going}/plain.mp4"
            assert server.post("/render", json=request_body).status_code == 200
        before = jobs_stored(settings)
        assert server.post("/render", json=request_body).status_code == 200
        assert jobs_stored(settings) == before

    def test_fifty_at_once_are_one_job(
        self, server: httpx2.Client, request_body: dict[str, Any], settings: Settings
    ) -> None:
        before = jobs_stored(settings)
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: server.post("/render", json=request_body), range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert jobs_stored(settings) == before + 1

    def test_another_request_under_the_same_id_is_refused(
        self, server: httpx2.Client, request_body: dict[str, Any]
    ) -> None:
        server.post("/render", json=request_body)
        request_body["options"]["quality"] = 50
        answer = server.post("/render", json=request_body)
        assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")


MANY = [{"text": "x", "start": i, "end": i + 0.5} for i in range(1001)]
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    # what, the changed fields, the code, where
    *(
        (f"no {name}", {name: ...}, "INVALID_REQUEST", f"/{name}")
        for name in ("jobId", "videoUrl", "scenario")
    ),
    *(
        (f"{name} of a wrong type", {name: wrong}, "INVALID_REQUEST", f"/{name}")
        for name in ("jobId", "videoUrl", "scenario", "options", "callbackUrl")
        for wrong in (7, [1], True)
    ),
    ("an empty id", {"jobId": ""}, "INVALID_REQUEST", "/jobId"),
    ("a long id", {"jobId": "x" * 129}, "INVALID_REQUEST", "/jobId"),
    ("an id with a slash", {"jobId": "../../etc"}, "INVALID_REQUEST", "/jobId"),
    ("a broken surrogate", {"videoUrl": "http://x/\ud800"}, "INVALID_REQUEST", "/videoUrl"),
    ("a long URL", {"videoUrl": "http://x/" + "a" * 9000}, "INVALID_REQUEST", "/videoUrl"),
    *(
        (f"{name} {wrong!r}", {"options": {name: wrong}}, "INVALID_REQUEST", f"/options/{name}")
        for name, values in {
            "width": (479, 3841, 0, -1, "1280", True, 1280.5, 1e300),
            "height": (359, 2161, 0, "720", [720]),
            "fps": (0, 1000, 0.5, 60.1, -30, "fast", "30000/0", "1/3", True, [30], 1e308, "9" * 400),
            "quality": (0, 101, "90", 50.5),
            "format": ("avi", "MP4", 4, ""),
        }.items()
        for wrong in values
    ),
    ("no cues", {"scenario": {}}, "SCENARIO_PARSE_ERROR", "/scenario"),
    ("cues that are no list", {"scenario": {"cues": 7}}, "SCENARIO_PARSE_ERROR", "/scenario/cues"),
    (
        "a cue without an end",
        {"scenario": {"cues": [{"text": "x", "start": 1}]}},
        "SCENARIO_PARSE_ERROR",
        "/scenario/cues/0/end",
    ),
    (
        "a cue that ends before it starts",
        {"scenario": {"cues": [*CUES, {"text": "x", "start": 2, "end": 1}]}},
        "SCENARIO_PARSE_ERROR",
        "/scenario/cues/1/end",
    ),
    (
        "an unknown template",
        {"scenario": {"cues": CUES, "template": "none"}},
        "SCENARIO_PARSE_ERROR",
        "/scenario/template",
    ),
    (
        "a wrong field of our own scenario",
        {"scenario": {"version": "ecg-1.0", "cues": [{"id": "a", "start": "1", "end": 2, "lines": []}]}},
        "SCENARIO_PARSE_ERROR",
        "/scenario/cues/0/start",
    ),
    (
        "a broken word",
        {"scenario": {"cues": [{**CUES[0], "text": "\ud800"}]}},
        "SCENARIO_PARSE_ERROR",
        "/scenario",
    ),
    ("too many cues", {"scenario": {"cues": MANY}}, "SCENARIO_PARSE_ERROR", "/scenario/cues"),
    (
        "too much text",
        {"scenario": {"cues": CUES, "metadata": {"x": "e" * 5_500_000}}},
        "SCENARIO_PARSE_ERROR",
        "/scenario",
    ),
    ("another scheme", {"videoUrl": "ftp://example.com/a.mp4"}, "URL_NOT_ALLOWED", "/videoUrl"),
    ("a local file", {"videoUrl": "file:///etc/passwd"}, "URL_NOT_ALLOWED", "/videoUrl"),
    ("the cloud's metadata", {"videoUrl": "http://169.254.169.254/"}, "URL_NOT_ALLOWED", "/videoUrl"),
    ("a private address", {"videoUrl": "http://10.0.0.1/a.mp4"}, "URL_NOT_ALLOWED", "/videoUrl"),
    ("somebody's bucket", {"videoUrl": "s3://other/a.mp4"}, "URL_NOT_ALLOWED", "/videoUrl"),
    ("no such object", {"videoUrl": "uploads/service/none.mp4"}, "NOT_FOUND", "/videoUrl"),
    ("no key", {"videoUrl": "../secrets/callback"}, "INVALID_OBJECT_KEY", "/videoUrl"),
    ("nobody there", {"videoUrl": "http://127.0.0.1:9/a.mp4"}, "URL_NOT_ALLOWED", "/videoUrl"),
    ("nobody answers", {"videoUrl": "http://127.0.0.1:8999/a.mp4"}, "CONNECTION_ERROR", "/videoUrl"),
    *(
        (f"{status}", {"videoUrl": f"{{videos}}/status/{status}"}, "CONNECTION_ERROR", "/videoUrl")
        for status in (404, 403, 500)
    ),
    ("a slow server", {"videoUrl": "{videos}/slow"}, "TIMEOUT_ERROR", "/videoUrl"),
    ("a web page", {"videoUrl": "{videos}/page"}, "INVALID_VIDEO_FORMAT", "/videoUrl"),
    ("a playlist", {"videoUrl": "{videos}/playlist.mp4"}, "INVALID_VIDEO_FORMAT", "/videoUrl"),
    ("an empty file", {"videoUrl": "{videos}/empty.mp4"}, "INVALID_VIDEO_FORMAT", "/videoUrl"),
    ("a private callback", {"callbackUrl": "http://192.168.1.1/"}, "URL_NOT_ALLOWED", "/callbackUrl"),
    ("a callback of another scheme", {"callbackUrl": "gopher://x/"}, "URL_NOT_ALLOWED", "/callbackUrl"),
]


class TestBadInput:
    @pytest.mark.parametrize(
        ("changed", "expected"), [(case[1], case[2:]) for case in WRONG], ids=[case[0] for case in WRONG]
    )
    def test_is_one_4xx_that_says_where_and_stores_nothing(  # fixtures
        self,
        server: httpx2.Client,
        request_body: dict[str, Any],
        settings: Settings,
        changed: dict[str, Any],
        expected: tuple[str, str],
    ) -> None:
        videos = request_body["videoUrl"].removesuffix("/plain.mp4")
        before = jobs_stored(settings)
        body = {name: value for name, value in {**request_body, **changed}.items() if value is not ...}
        if isinstance(body.get("videoUrl"), str):
            body["videoUrl"] = body["videoUrl"].replace("{videos}", videos)
        answer = server.post(
            "/render", content=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        said = answer.json()
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert (said["code"], said["where"].split("/cues/0/text")[0]) == expected, answer.text
        assert jobs_stored(settings) == before

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000])
    def test_a_body_that_is_no_request_is_refused(self, server: httpx2.Client, body: bytes) -> None:
        answer = server.post("/render", content=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500
        assert answer.json()["code"]

    def test_numbers_that_json_does_not_know_are_refused(
        self, server: httpx2.Client, request_body: dict[str, Any]
    ) -> None:
        request_body["scenario"]["cues"] = [{"text": "x", "start": float("nan"), "end": 2}]
        content = json.dumps(request_body)
        answer = server.post("/render", content=content, headers={"Content-Type": "application/json"})
        assert answer.json()["code"] == "SCENARIO_PARSE_ERROR"

    def test_a_video_that_is_too_large_is_refused_before_it_is_fetched(
        self, request_body: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        small = settings_in(tmp_path_factory.mktemp("small"), MAX_VIDEO_BYTES=1000)
        with running_server(small) as client:
            answer = client.post("/render", json=request_body)
        assert (answer.status_code // 100, answer.json()["code"]) == (4, "INPUT_TOO_LARGE")


class TestStatus:
    def test_of_a_job_that_waits(self, server: httpx2.Client, request_body: dict[str, Any]) -> None:
        server.post("/render", json=request_body)
        told = server.get(f"/api/render/{request_body['jobId']}/status").json()
        assert told.pop("queuePosition") >= 0
        assert told == {
            "jobId": request_body["jobId"],
            "status": "queued",
            "progress": 0,
            "estimatedTimeRemaining": None,
            "startedAt": None,
            "completedAt": None,
            "downloadUrl": None,
            "fileSize": None,
            "duration": None,
            "error": None,
            "errorCode": None,
            "frames_processed": 0,
            "frames_dropped": 0,
            "drop_rate": 0.0,
            "memory_peak_mb": None,
            "memory_trend": None,
            "stage": None,
            "message": "waiting",
        }

    def test_of_an_unknown_job_is_404(self, server: httpx2.Client) -> None:
        assert server.get("/api/render/none/status").status_code == 404
        assert server.post("/api/render/none/cancel").status_code == 404


class TestCancel:
    def test_ends_a_job_that_waits(self, server: httpx2.Client, request_body: dict[str, Any]) -> None:
        server.post("/render", json=request_body)
        path = f"/api/render/{request_body['jobId']}"
        assert server.post(f"{path}/cancel").json()["success"] is True
        told = server.get(f"{path}/status").json()
        assert (told["status"], told["errorCode"]) == ("cancelled", "CANCELLED")
        assert server.post(f"{path}/cancel").json()["success"] is True, "it is cancelled"


class TestOperation:
    def test_health_names_what_is_missing(self, server: httpx2.Client) -> None:
        told = server.get("/health")
        assert told.status_code == 200
        assert told.json()["broken"] == ["workers"]
        assert (told.json()["alive"], told.json()["ready"]) == (True, True)

    def test_the_queue_tells_how_long_it_is(
        self, server: httpx2.Client, request_body: dict[str, Any]
    ) -> None:
        server.post("/render", json=request_body)
        told = server.get("/queue/status").json()
        assert told["depth"] >= 1
        assert told["running"] == 0
        assert told["workers"] == []

    def test_metrics_are_there(self, server: httpx2.Client) -> None:
        answer = server.get("/metrics")
        assert answer.status_code == 200
        assert "ecg_jobs{" in answer.text

    def test_a_token_is_asked_for_where_one_is_set(
        self, request_body: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        guarded = settings_in(tmp_path_factory.mktemp("guarded"), SERVICE_TOKEN="s3cret-token")
        with running_server(guarded) as client:
            assert client.get("/health").status_code == 200
            assert client.post("/render", json=request_body).status_code == 401
            told = {"Authorization": "Bearer s3cret-token"}
            assert client.post("/render", json=request_body, headers=told).status_code == 200
