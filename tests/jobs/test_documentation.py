"""What docs/job-spine.md says is what the code does."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry

from ecg.database import Database
from ecg.jobs import kinds
from ecg.jobs.live.state import LiveState
from ecg.jobs.monitoring.metrics import SpineMetrics
from ecg.metrics import HttpMetrics
from ecg.settings import Settings
from ecg.store import MeasuredStore, open_store

TEXT = (Path(__file__).parents[2] / "docs" / "job-spine.md").read_text()


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


async def nothing(*_: Any) -> None:
    pass


def test_every_metric_is_explained(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    SpineMetrics(registry, Database(f"sqlite:///{tmp_path / 'ecg.db'}"), LiveState(None), kinds=[])
    HttpMetrics(nothing, registry=registry)
    MeasuredStore(open_store(Settings(_env_file=None, ECG_DATA_DIR=tmp_path)), registry)
    real = {family.name + ("_total" if family.type == "counter" else "") for family in registry.collect()}
    rows = [line for line in section("Metrics").splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(ecg_\w+)", row)} == real


def test_every_setting_of_the_spine_is_explained() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([0-9]*)", section("Settings"), re.MULTILINE)
    fields = {field.alias: field.default for field in Settings.model_fields.values()}
    assert {name for name in fields if name and name.startswith("JOB_")} < {name for name, _ in rows}
    for name, default in rows:
        assert name in fields
        if default:
            assert fields[name] == int(default), name


def test_the_kind_that_is_shown_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.findall(r"```python\n(.*?)```", section("Adding a kind"), re.DOTALL)[0]
    (tmp_path / "shown_kind.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    try:
        kind = kinds.load_kinds(["shown_kind"])["sheet"]
    finally:
        sys.modules.pop("shown_kind", None)
    payload = kind.payload_type(pages=3)
    told: list[float] = []

    class Context:  # what the function uses of a JobContext
        folder = tmp_path

        def check(self) -> None:
            pass

        def tell(self, percent: float, _stage: str, _message: str = "") -> None:
            told.append(percent)

    assert (kind.queue, kind.deadline(payload), kind.need(payload).memory_mb) == ("sheets", 63, 200)
    assert kind.run(cast(Any, Context()), payload) == kind.result_type(lines=3)
    assert len(told) == 3
