"""What the jobs of a run render: short real videos over HTTP, each with captions that move."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TEXTS = ("Nothing is lost", "자막은 끝까지 남는다", "whatever is killed", "and everything is whole")


@dataclass(frozen=True)
class Recipe:
    """A video and what a client asks to be done with it."""

    name: str
    size: str
    rate: str
    seconds: int
    template: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return f"{self.name}.mp4"

    def request(self, job_id: str, videos_url: str, callback_url: str) -> dict[str, Any]:
        """The body of `POST /render`."""
        cues = [
            {"id": f"c{at}", "text": TEXTS[at // 2 % len(TEXTS)], "start": at + 0.1, "end": at + 1.9}
            for at in range(0, self.seconds - 1, 2)
        ]
        return {
            "jobId": job_id,
            "videoUrl": f"{videos_url}/{self.file}",
            "scenario": {"version": "1.3", "template": self.template, "cues": cues},
            "options": self.options,
            "callbackUrl": callback_url,
        }


RECIPES = (
    Recipe("film", "960x540", "30", 6, "karaoke"),
    Recipe("ntsc", "960x540", "30000/1001", 5, "pop-in", {"format": "mov"}),
    Recipe("small", "640x360", "25", 10, "karaoke", {"quality": 80}),
)


def make_clips(folder: Path) -> None:
    """The videos of all recipes, with sound, in this folder."""
    for recipe in RECIPES:
        picture = f"testsrc2=size={recipe.size}:rate={recipe.rate},noise=alls=12:allf=t"
        command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", picture]
        command += ["-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000", "-t", str(recipe.seconds)]
        command += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p"]
        command += ["-g", "60", "-c:a", "aac", str(folder / recipe.file)]
        subprocess.run(command, check=True)


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def copyfile(self, source: Any, outputfile: Any) -> None:
        with contextlib.suppress(OSError):  # whoever is killed stops reading
            super().copyfile(source, outputfile)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL of a server of the folder's files, which is part of this process."""
    handler = partial(_Files, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
