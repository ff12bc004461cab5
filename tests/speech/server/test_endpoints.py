"""The speech contract over HTTP: what is accepted, what is refused, and in which words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ecg.settings import Settings
from tests.media.clips import clip, ffmpeg
from tests.speech.server.serving import file_host, running_server, settings_in

_numbers = count()
PROCESS = "/api/upload-video/process-video"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("files")
    (folder / "plain.mp4").write_bytes(clip("plain").read_bytes())
    (folder / "page.mp4").write_text("<!doctype html><title>Sign in</title>")
    (folder / "list.mp4").write_text("#EXTM3U\n")
    (folder / "empty.mp4").touch()
    for name in ("a.wav", "a.mp3", "a.flac", "a.aac"):
        ffmpeg("-f", "lavfi", "-i", "sine=duration=0.5", str(folder / name))
    with file_host(folder) as url:
        yield url


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_in(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[httpx2.Client]:
    with running_server(settings) as client:
        yield client


@pytest.fixture
def asked(host: str) -> dict[str, Any]:
    """An old client's request, with a fresh id."""
    return {
        "job_id": f"7c9e6679-7425-40de-944b-{next(_numbers):012}",
        "video_url": f"{host}/plain.mp4",
        "fastapi_base_url": host,
        "language": "auto",
        "enable_gpu": True,
        "emotion_detection": True,
        "max_workers": 4,
    }


def refused(answer: httpx2.Response) -> dict[str, Any]:
    """The one error of a refusal, which has no other shape."""
    body = answer.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "job_id"]
    error: dict[str, Any] = body["error"]
    return error


class TestAcceptance:
    def test_answers_as_the_contract_says(self, server: httpx2.Client, asked: dict[str, Any]) -> None:
        answer = server.post(PROCESS, json=asked)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert list(body) == ["job_id", "status", "message", "status_url", "estimated_time"]
        assert (body["job_id"], body["status"]) == (asked["job_id"], "processing")
        assert body["status_url"] == f"/api/upload-video/status/{asked['job_id']}"
        assert isinstance(body["estimated_time"], int)

    def test_needs_the_id_and_the_url_alone(self, server: httpx2.Client, asked: dict[str, Any]) -> None:
        least = {name: asked[name] for name in ("job_id", "video_url")}
        assert server.post(PROCESS, json=least).status_code == 200

    def test_ignores_unknown_fields(self, server: httpx2.Client, asked: dict[str, Any]) -> None:
        assert server.post(PROCESS, json={**asked, "priority": "high"}).status_code == 200

    @pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.aac"])
    def test_takes_sound_without_pictures(
        self, server: httpx2.Client, asked: dict[str, Any], host: str, name: str
    ) -> None:
        answer = server.post(PROCESS, json={**asked, "video_url": f"{host}/{name}"})
        assert answer.status_code == 200, answer.text

    def test_the_same_request_is_the_same_job_also_at_once(
        self, server: httpx2.Client, asked: dict[str, Any]
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: server.post(PROCESS, json=asked), range(16)))
        assert {answer.status_code for answer in answers} == {200}

    def test_another_request_under_the_id_is_refused(
        self, server: httpx2.Client, asked: dict[str, Any]
    ) -> None:
        server.post(PROCESS, json=asked)
        answer = server.post(PROCESS, json={**asked, "language": "en"})
        assert (answer.status_code, refused(answer)["code"]) == (409, "CONFLICT")
        assert refused(answer)["job_id"] == asked["job_id"]


WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("no url", {"video_url": ...}, 422, "INVALID_REQUEST"),
    ("a number for a url", {"video_url": 7}, 422, "INVALID_REQUEST"),
    ("a language that is no tag", {"language": "e n"}, 422, "INVALID_REQUEST"),
    ("no workers", {"max_workers": 0}, 422, "INVALID_REQUEST"),
    ("a base with a query", {"fastapi_base_url": "http://127.0.0.1:9999/?a"}, 422, "INVALID_REQUEST"),
    ("another scheme", {"video_url": "file:///etc/passwd"}, 400, "URL_NOT_ALLOWED"),
    ("the cloud's metadata", {"video_url": "http://169.254.169.254/latest"}, 400, "URL_NOT_ALLOWED"),
    ("a private callback", {"fastapi_base_url": "http://10.0.0.1:8000"}, 400, "URL_NOT_ALLOWED"),
    ("a key of nothing", {"video_url": "uploads/service/none.mp4"}, 404, "NOT_FOUND"),
    ("no such file", {"video_url": "HOST/none.mp4"}, 400, "CONNECTION_ERROR"),
    ("nobody there", {"video_url": "http://127.0.0.1:9/a.mp4"}, 400, "URL_NOT_ALLOWED"),
    ("a web page", {"video_url": "HOST/page.mp4"}, 400, "INVALID_VIDEO_FORMAT"),
    ("a playlist", {"video_url": "HOST/list.mp4"}, 400, "INVALID_VIDEO_FORMAT"),
    ("an empty file", {"video_url": "HOST/empty.mp4"}, 400, "INVALID_VIDEO_FORMAT"),
]


class TestRefusals:
    @pytest.mark.parametrize(("change", "status", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
    def test_name_what_is_wrong_and_whose_job(  # noqa: PLR0917  # fixtures
        self,
        server: httpx2.Client,
        asked: dict[str, Any],
        host: str,
        change: dict[str, Any],
        status: int,
        code: str,
    ) -> None:
        changed = {name: value for name, value in {**asked, **change}.items() if value is not ...}
        body = json.loads(json.dumps(changed).replace("HOST", host))
        answer = server.post(PROCESS, json=body)
        error = refused(answer)
        assert (answer.status_code, error["code"], error["job_id"]) == (status, code, asked["job_id"])
        assert server.get(f"/api/upload-video/status/{asked['job_id']}").status_code == 404

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"job_id": 7}', b'{"job_id": "../a"}', b"\xff" * 9])
    def test_survive_any_body(self, server: httpx2.Client, body: bytes) -> None:
        answer = server.post(PROCESS, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422)
        assert refused(answer)["code"] == "INVALID_REQUEST"

    def test_a_huge_body_is_refused(self, server: httpx2.Client) -> None:
        answer = server.post(PROCESS, content=b"x" * 2_000_000)
        assert (answer.status_code, refused(answer)["code"]) == (413, "INPUT_TOO_LARGE")

    def test_of_strangers(self, tmp_path: Path, asked: dict[str, Any]) -> None:
        with running_server(settings_in(tmp_path, SERVICE_TOKEN="x" * 32)) as server:
            answer = server.post(PROCESS, json=asked)
        assert (answer.status_code, refused(answer)["code"]) == (401, "UNAUTHORIZED")


class TestStatus:
    def test_of_a_job_that_waits(self, server: httpx2.Client, asked: dict[str, Any]) -> None:
        server.post(PROCESS, json=asked)
        assert server.get(f"/api/upload-video/status/{asked['job_id']}").json() == {
            "job_id": asked["job_id"],
            "status": "processing",
            "progress": 0,
            "message": "waiting",
        }

    def test_of_a_job_that_was_cancelled(self, server: httpx2.Client, asked: dict[str, Any]) -> None:
        server.post(PROCESS, json=asked)
        server.post(f"/api/v1/jobs/{asked['job_id']}/cancel/")
        told = server.get(f"/api/upload-video/status/{asked['job_id']}").json()
        assert (told["status"], told["error_code"]) == ("failed", "CANCELLED")

    def test_of_no_job(self, server: httpx2.Client) -> None:
        answer = server.get("/api/upload-video/status/none")
        assert (answer.status_code, refused(answer)["code"]) == (404, "NOT_FOUND")
        assert refused(answer)["job_id"] == "none"


class TestOperation:
    def test_the_queue_is_shown(self, server: httpx2.Client) -> None:
        told = server.get("/queue/status").json()
        assert (told["queue"], told["workers"]) == ("speech", [])
        assert told["estimated_seconds"] >= 0

    def test_health_says_what_is_missing(self, server: httpx2.Client) -> None:
        answer = server.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert "ecg worker --queues speech" in answer.json()["checks"]["workers"]["message"]

    def test_metrics_are_told(self, server: httpx2.Client) -> None:
        assert 'kind="speech"' in server.get("/metrics").text
