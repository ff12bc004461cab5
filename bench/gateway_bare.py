"""What FastAPI does by itself: a route for each that is measured, with the same body in and the same out.

    python bench/gateway_bare.py PORT ANSWERS.json

It is served by the code that serves ECG, on the same event loop, with the same settings of uvicorn; there is
no middleware, no token, no database. `ANSWERS.json` has an answer of the real server for each route.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from ecg.serving import listening_socket, run_loop, serve
from ecg.settings import Settings
from ecg.supervisor import Supervisor


def bare_app(answers: dict[str, Any]) -> FastAPI:
    app = FastAPI()

    @app.get("/api/render/{job_id}/status")
    async def export(job_id: str) -> dict[str, Any]:
        return {**answers["export"], "jobId": job_id}

    @app.get("/api/upload-video/status/{job_id}")
    async def analysis(job_id: str) -> dict[str, Any]:
        return {**answers["analysis"], "job_id": job_id}

    @app.post("/api/auth/login")
    async def login(body: dict[str, Any]) -> dict[str, Any]:
        assert body["password"]
        return dict(answers["login"])

    @app.put("/api/projects/{project_id}")
    async def save(project_id: str, body: dict[str, Any]) -> dict[str, Any]:
        return {**answers["save"], "id": project_id, "version": body["version"] + 1}

    return app


def main() -> int:
    port, answers = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    settings = Settings(_env_file=None)
    listener = listening_socket(settings, "127.0.0.1", port)
    app = bare_app(answers)
    return run_loop(lambda: serve(app, listener, Supervisor([], settings.as_environment()), name="bare"))


if __name__ == "__main__":
    raise SystemExit(main())
