"""Part of the wheel's build: the web app is built first, where its build is out of date.

A source distribution brings the build along, so a wheel made from one needs no Node; from a checkout Node
comes as a Python package. An editable install is left alone: `make setup` builds by itself.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_spec = importlib.util.spec_from_file_location(
    "ecg_frontend_build", Path(__file__).parent / "frontend" / "build.py"
)
assert _spec is not None and _spec.loader is not None  # noqa: S101, PT018  # the file is beside this one
frontend = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(frontend)


class WebAppBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling finds it by its base class."""

    def dependencies(self) -> list[str]:
        return [] if frontend.built() else [frontend.NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del build_data
        if version != "editable" and not frontend.built():
            frontend.build()
