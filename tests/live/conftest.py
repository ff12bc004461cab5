"""For the tests of live monitoring."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.serving import make_clip


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of H.264 and AAC, a key frame a second."""
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4")
