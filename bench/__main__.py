"""All benchmarks, one after the other: `make bench`, or `python -m bench render speech` for some of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHES = {
    "render": ["render.py", "--browsers"],
    "speech": ["speech.py"],
    "caption": ["caption.py"],
    "proofs": ["proofs.py"],
    "spine": ["spine.py"],
    "render-server": ["render_server.py"],
    "gateway": ["gateway.py"],
    "vision": ["vision.py"],
    "live": ["live.py"],
    "live-cost": ["live_cost.py"],
}


def main() -> int:
    chosen = sys.argv[1:] or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        sys.exit(f"there is no benchmark {unknown[0]!r}: {', '.join(BENCHES)}")
    missed = []
    for name in chosen:
        print(f"\n== {name}", flush=True)
        script, *options = BENCHES[name]
        command = [sys.executable, str(Path(__file__).with_name(script)), *options]
        if subprocess.run(command, check=False).returncode:
            missed.append(name)
    print(f"\nbars missed or benchmarks failed: {', '.join(missed)}" if missed else "\nall bars are met")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
