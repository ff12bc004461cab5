"""The API's OpenAPI document: `python -m ecg.gateway.openapi FILE` writes it, without FILE prints it.

The web app's types are generated from it. Nothing is opened and no setting of this machine is read, so that
the same code always gives the same text.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from ecg.gateway.app import create_app
from ecg.settings import Settings


def openapi_text() -> str:
    """The document as JSON, its keys in order."""
    with tempfile.TemporaryDirectory(prefix="ecg-openapi-") as folder:
        settings = Settings(_env_file=None, ECG_DATA_DIR=Path(folder))
        document = create_app(settings).openapi()
    document["info"]["version"] = "0"  # a new version alone is no new interface
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m ecg.gateway.openapi", description=__doc__)
    asked.add_argument("file", nargs="?", type=Path)
    file: Path | None = asked.parse_args().file
    if file is None:
        sys.stdout.write(openapi_text())
    else:
        file.write_text(openapi_text(), encoding="utf-8")
