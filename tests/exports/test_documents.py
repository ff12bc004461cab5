"""A project's captions as files, and as an overlay to be drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.exports.serving import SCENARIO, VIDEO, running, signed_in

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("form", "media_type", "marks"),
    [
        ("srt", "application/x-subrip", ("00:00:00,000 --> 00:00:30,000", "Hello 안녕")),
        ("vtt", "text/vtt", ("WEBVTT", "Hello 안녕")),
        ("ass", "text/x-ssa", ("[Events]", "Hello")),
        ("json", "application/json", ('"cues"', "Hello")),
    ],
)
async def test_captions_are_saved_as_files(
    tmp_path: Path, form: str, media_type: str, marks: tuple[str, ...]
) -> None:
    async with running(tmp_path) as api:
        project = await api.projects.create("here", "me", "여행.mp4", SCENARIO)
        answer = await api.client.get(f"/api/projects/{project}/export", params={"format": form})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media_type)
        assert f".{form}" in answer.headers["content-disposition"]
        assert all(mark in answer.text for mark in marks)
        if form == "json":
            assert json.loads(answer.text)
        stranger = await api.client.get(
            f"/api/projects/{project}/export", params={"format": form}, headers=signed_in("stranger")
        )
        assert stranger.status_code == 404


async def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        answer = await api.client.get("/api/projects/any/export", params={"format": "exe"})
        assert answer.status_code == 422


async def test_an_overlay_is_a_job_like_any_export(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        project = await api.projects.create("here", "me", "trip", SCENARIO)
        path = f"/api/projects/{project}/overlay"
        stranger = await api.client.post(path, json={"videoUrl": VIDEO}, headers=signed_in("stranger"))
        assert stranger.status_code == 404
        answer = await api.client.post(path, json={"videoUrl": VIDEO, "format": "webm"})
        assert answer.status_code == 200, answer.text
        job_id = answer.json()["jobId"]
        view = await api.spine.jobs.load("here", job_id)
        assert view.kind == "overlay"
        assert (await api.status(job_id))["status"] == "queued"
        (entry,) = (await api.history())["jobs"]
        assert (entry["kind"], entry["projectId"], entry["format"]) == ("overlay", project, "webm")
        cancelled = await api.client.post(f"/api/render/{job_id}/cancel")
        assert cancelled.json()["success"] is True
        assert (await api.status(job_id))["status"] == "cancelled"
        assert (await api.history())["jobs"][0]["status"] == "cancelled"
        assert api.renderer.bodies == {}
