"""What a person sees on the output video, measured: synchronisation, sizes, repeatability, stills.

The measurements are the tests of `tests/proofs`, which note what they found; here they are run and their
figures are printed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree  # pytest's own report of a moment ago

REPOSITORY = Path(__file__).parents[1]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        pytest = [sys.executable, "-m", "pytest", "-q", "-o", "junit_family=xunit1", f"--junitxml={report}"]
        code = subprocess.run([*pytest, "tests/proofs"], cwd=REPOSITORY, check=False).returncode
        for figure in ElementTree.parse(report).iter("property"):  # noqa: S314
            print(f"{figure.get('name', ''):<58} {figure.get('value', '')}")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
