"""Sign up, upload, analysis, project, edit, export, download: each step with its time."""

from __future__ import annotations

import copy
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

POLL_SECONDS = 0.3
PATIENCE_SECONDS = 300
EDITED = "Hippopotamus"
TAKEN_BEFORE, CHANGED_BEFORE = 409, 412
"""Answers to a PUT that is repeated since the answer to the first one was lost; what comes next shows
whether that is true."""

Tell = Callable[[str, float], None]


class Journey:
    """One user with one video. `transport` is how requests travel, where plain HTTP will not do."""

    def __init__(
        self,
        url: str,
        tell: Tell = lambda _step, _seconds: None,
        *,
        word: str = EDITED,
        transport: httpx2.BaseTransport | None = None,
        poll_seconds: float = POLL_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._http = httpx2.Client(base_url=url, timeout=60, transport=transport)
        self._store = httpx2.Client(timeout=60, transport=transport)
        self._tell = tell
        self._word = word
        self._poll, self._patience = poll_seconds, patience_seconds
        self.at = ""
        """The step that it is in."""
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}

    def run(self, video: Path, target: Path) -> None:
        """The captioned video lies at `target` afterwards."""
        with self._step("sign up"):
            self._sign_up()
        with self._step("upload"):
            file_key = self._upload(video)
        with self._step("analysis"):
            analysis = self._analysed(file_key)
        with self._step("edit a cue"):
            self._edit(analysis["project_id"])
        with self._step("export"):
            link = self._exported(analysis["video_url"])
        with self._step("download"):
            target.write_bytes(self._ok(self._store.get(link)).content)

    def _sign_up(self) -> None:
        email = f"{secrets.token_hex(6)}@example.com"
        body = {"username": "Jiwoo", "email": email, "password": secrets.token_urlsafe(12)}
        token = self._post("/api/auth/signup", body)["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def _upload(self, video: Path) -> str:
        asked = {"file_name": video.name, "file_type": "video/mp4", "file_size": video.stat().st_size}
        link = self._post("/api/upload-video/generate-url", asked)
        put = self._store.put(link["upload_url"], content=video.read_bytes(), headers=link["headers"])
        if put.status_code != TAKEN_BEFORE:
            self._ok(put)
        return str(link["file_key"])

    def _analysed(self, file_key: str) -> dict[str, Any]:
        asked = {"file_key": file_key, "language": "en"}
        job_id = self._post("/api/upload-video/request-process", asked)["job_id"]
        return self._until_completed(f"/api/upload-video/status/{job_id}")

    def _edit(self, project_id: str) -> None:
        path = f"/api/projects/{project_id}"
        project = self.get(path)
        self.before = project["scenario"]
        self.after = copy.deepcopy(self.before)
        first_word(self.after)["text"] = self._word
        version = {"If-Match": str(project["version"])}
        saved = self._http.put(path, json={"scenario": self.after}, headers=version)
        if saved.status_code != CHANGED_BEFORE:
            self._ok(saved)
        now = self.get(path)
        assert (now["version"], now["scenario"]) == (project["version"] + 1, self.after)

    def _exported(self, video_url: str) -> str:
        body = {"videoUrl": video_url, "scenario": self.after}
        job_id = self._post("/api/render/create", body)["jobId"]
        return str(self._until_completed(f"/api/render/{job_id}/status")["downloadUrl"])

    def get(self, path: str) -> dict[str, Any]:
        """What the user sees there."""
        found: dict[str, Any] = self._ok(self._http.get(path)).json()
        return found

    def close(self) -> None:
        self._http.close()
        self._store.close()

    def _until_completed(self, path: str) -> dict[str, Any]:
        end = time.monotonic() + self._patience
        while time.monotonic() < end:
            status = self.get(path)
            if status["status"] == "completed":
                return status
            assert status["status"] not in ("failed", "cancelled"), status
            time.sleep(self._poll)
        raise AssertionError(f"{path} is not completed: {status}")

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._ok(self._http.post(path, json=body)).json()
        return found

    @staticmethod
    def _ok(answer: httpx2.Response) -> httpx2.Response:
        assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text}"
        return answer

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began, self.at = time.perf_counter(), name
        yield
        self._tell(name, time.perf_counter() - began)


def first_word(scenario: dict[str, Any]) -> dict[str, Any]:
    word: dict[str, Any] = scenario["cues"][0]["lines"][0]["words"][0]
    return word
