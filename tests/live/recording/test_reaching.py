"""Where cameras may be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ecg.errors import ConnectionFailed
from ecg.live.cameras.source import parse_source
from ecg.live.recording.reaching import CameraNotAllowed, reach
from ecg.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def settings(**fields: object) -> Settings:
    return Settings(_env_file=None, **fields)  # type: ignore[arg-type]


class Names:
    """A name server."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del host, port
        if not self._addresses:
            raise OSError("no such name")
        return self._addresses


async def test_private_networks_are_open_and_the_checked_address_is_connected_to() -> None:
    found = await reach(parse_source("rtsp://u:p@cam.local/1"), settings(), Names("192.168.3.4"))
    assert found.url == "rtsp://u:p@192.168.3.4:554/1"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "100.100.100.200",
        "0.0.0.1",
    ],
)
async def test_loopback_and_metadata_are_not(address: str) -> None:
    with pytest.raises(CameraNotAllowed):
        await reach(parse_source("rtsp://cam.local/1"), settings(), Names(address))


async def test_an_answer_with_one_forbidden_address_is_refused_as_a_whole() -> None:
    with pytest.raises(CameraNotAllowed):
        await reach(parse_source("http://cam.local/1"), settings(), Names("10.0.0.7", "127.0.0.1"))


async def test_networks_that_are_named_are_open_but_metadata_never() -> None:
    everything = settings(CAMERA_NETWORKS="0.0.0.0/0,::/0")
    assert await reach(parse_source("rtsp://127.0.0.1:8554/1"), everything)
    with pytest.raises(CameraNotAllowed):
        await reach(parse_source("http://169.254.169.254/latest"), everything)


async def test_ports_of_other_services_are_refused() -> None:
    for url in ("http://10.0.0.7:22/", "rtsp://10.0.0.7:6379/", "rtmp://10.0.0.7:5432/a"):
        with pytest.raises(CameraNotAllowed):
            await reach(parse_source(url), settings())


async def test_a_name_that_leads_nowhere_is_told() -> None:
    with pytest.raises(ConnectionFailed):
        await reach(parse_source("rtsp://cam.local/1"), settings(), Names())


async def test_files_are_played_from_the_operators_folder_alone(tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"video")
    (tmp_path / "secret.mp4").write_bytes(b"video")
    (folder / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    named = settings(CAMERA_FILES=folder)
    assert (await reach(parse_source(f"file://{folder}/a.mp4"), named)).url == f"file:{folder}/a.mp4"
    for path in (f"{tmp_path}/secret.mp4", f"{folder}/../secret.mp4", f"{folder}/link.mp4", "/etc/passwd"):
        with pytest.raises(CameraNotAllowed):
            await reach(parse_source(f"file://{path}"), named)
    with pytest.raises(CameraNotAllowed):
        await reach(parse_source(f"file://{folder}/a.mp4"), settings())
