"""A client's server for callbacks, as a process of its own that can be killed.

    python -m tests.faults.receiver PORT FILE SECRET

It verifies each message as any receiver would, appends it to FILE as a line of JSON, and only then answers.
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


def main(port: int, file: Path, secret: str) -> None:
    webhook = Webhook(secret)
    arrivals = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            line: dict[str, Any] = {"id": headers.get("webhook-id")}
            try:
                line["body"] = webhook.verify(body, headers)
            except WebhookVerificationError as error:
                line["refused"] = str(error)
            os.write(arrivals, json.dumps(line).encode() + b"\n")
            self.send_response(400 if "refused" in line else 204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    with Server(("127.0.0.1", port), Receiver) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
