"""Times whole processes and the memory of their trees, so that two programs can be compared fairly."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Taken:
    wall: float
    """Seconds."""
    cpu: float
    """User and system seconds of the process and the children it waited for."""
    peak_mb: float
    """Largest sum of the proportional set sizes (PSS) of the process and all below it, in MB (10^6 bytes)."""


def run(command: Sequence[str]) -> Taken:
    """Run `command` to its end; raises CalledProcessError with its error output when it fails."""
    before = os.times()
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _tree_mb(process.pid))
        try:
            process.wait(SAMPLE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    wall = time.perf_counter() - began
    after = os.times()
    assert process.stderr is not None
    errors = process.stderr.read()
    process.stderr.close()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=errors)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Taken(wall, cpu, peak)


def _tree_mb(pid: int) -> float:
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
    except psutil.Error:
        pass
    return total / 1e6
