"""A speech server on loopback that behaves as a test wants: well, slowly, badly, or not at all."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from ecg.jobs.callbacks.signature import Signature

WORDS = ("We", "hear", "everything")


def heard(*, language: str = "en") -> dict[str, Any]:
    """A result as the contract has it."""
    words = [
        {
            "word": word,
            "start": place * 0.5,
            "end": place * 0.5 + 0.4,
            "score": 0.9,
            "volume_db": -20.0,
            "pitch_hz": 200.0,
        }
        for place, word in enumerate(WORDS)
    ]
    return {
        "text": " ".join(WORDS),
        "language": language,
        "duration": 2.0,
        "segments": [
            {
                "start_time": 0.0,
                "end_time": 1.6,
                "text": " ".join(WORDS),
                "speaker": {"speaker_id": "SPEAKER_00", "confidence": 0.9},
                "emotion": {"emotion": "happy", "confidence": 0.7},
                "words": words,
            }
        ],
        "speakers": {"SPEAKER_00": {"total_duration": 1.6, "segment_count": 1}},
        "metadata": {
            "model_version": "test",
            "processing_time": 0.1,
            "unique_speakers": 1,
            "total_segments": 1,
        },
    }


@dataclass
class SpeechServerDouble:
    """`plan` says how it answers calls, `callbacks` which of its news it sends."""

    secret: str
    plan: str = "well"
    callbacks: str = "once"
    signed: bool = True
    calls: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    answers: list[tuple[int, Any]] = field(default_factory=list)
    """Status and body of the answers to its callbacks."""
    videos: list[bytes] = field(default_factory=list)
    news: dict[str, dict[str, Any]] = field(default_factory=dict)
    sending: set[asyncio.Task[None]] = field(default_factory=set)

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/api/upload-video/process-video", self._process, methods=["POST"])
        app.add_api_route("/api/upload-video/status/{job_id}", self._status, methods=["GET"])
        return app

    async def _process(self, request: Request) -> Response:
        body = await request.json()
        self.calls.append(body)
        if self.plan == "slow":
            await asyncio.sleep(30)
        if self.plan == "500":
            return Response("oops", 500)
        if self.plan == "garbage":
            return Response("<html>hello</html>", 200, media_type="text/html")
        if self.plan == "no":
            error = {
                "code": "UNSUPPORTED_LANGUAGE",
                "message": "no engine knows it",
                "job_id": body["job_id"],
            }
            return JSONResponse({"error": error}, 400)
        task = asyncio.create_task(self._work(body))
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)
        return JSONResponse(
            {
                "job_id": body["job_id"],
                "status": "processing",
                "message": "started",
                "status_url": f"/api/upload-video/status/{body['job_id']}",
                "estimated_time": 300,
            }
        )

    async def _status(self, job_id: str) -> Response:
        self.asked += 1
        if self.plan == "garbage status":
            return Response("<html>", 200)
        if self.plan == "hangs":
            await asyncio.sleep(30)
        if job_id not in self.news:
            return JSONResponse({"error": {"code": "NOT_FOUND", "message": "no", "job_id": job_id}}, 404)
        return JSONResponse(self.news[job_id])

    async def _work(self, call: dict[str, Any]) -> None:
        job_id = call["job_id"]
        async with httpx2.AsyncClient(timeout=120) as client:
            self.videos.append((await client.get(call["video_url"])).content)
        told = [{"job_id": job_id, "status": "processing", "progress": percent} for percent in (10, 40, 75)]
        if self.plan == "fails":
            last: dict[str, Any] = {
                "status": "failed",
                "error_message": "no speech",
                "error_code": "NO_SPEECH",
            }
        else:
            last = {"status": "completed", "progress": 100, "result": heard()}
        if self.plan == "forgets":
            return
        if self.plan == "busy":
            self.news[job_id] = told[0]
            return
        told.append({"job_id": job_id, **last})
        self.news[job_id] = told[-1]
        if self.callbacks == "none":
            return
        if self.callbacks == "thrice in reverse":
            told = [news for news in reversed(told) for _ in range(3)]
        for news in told:
            await self.tell(call["fastapi_base_url"], news)

    async def tell(self, base: str, news: object) -> None:
        body = json.dumps(news).encode()
        headers = {"Content-Type": "application/json"}
        if self.signed:
            headers |= Signature(self.secret).headers(f"msg_{secrets.token_hex(8)}", body)
        async with httpx2.AsyncClient(timeout=120) as client:
            answer = await client.post(f"{base}/api/upload-video/result", content=body, headers=headers)
        self.answers.append((answer.status_code, answer.json()))
