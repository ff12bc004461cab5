"""Where a camera's address leads, and whether it may: asked each time before FFmpeg connects.

Cameras are in private networks, so CAMERA_NETWORKS opens those, and public addresses are open; loopback,
link-local and the like are not unless an operator names them. The metadata services of clouds are never
reached, whatever is named. A name is looked up here, and where the protocol lets it, the address that was
checked is the one that FFmpeg gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from ecg.errors import ConnectionFailed, ForbiddenUrl
from ecg.live.cameras.source import Kind, Source
from ecg.net.addresses import Address, is_in, is_public, parse_address
from ecg.net.policy import REFUSED_PORTS
from ecg.net.resolving import Resolver, system_resolver
from ecg.settings import Settings

METADATA = tuple(
    ip_network(network)
    for network in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200/32", "192.0.0.192/32")
)
"""Link-local, where most clouds keep theirs, and the others' own."""
LOW_PORTS = (80, 443, 322, 554)
"""Web and RTSP; others below 1024 belong to other services."""


class CameraNotAllowed(ForbiddenUrl):
    code = "CAMERA_ADDRESS_NOT_ALLOWED"


@dataclass(frozen=True, slots=True)
class Reach:
    """What FFmpeg is given as the camera's address."""

    url: str


async def reach(source: Source, settings: Settings, resolver: Resolver = system_resolver) -> Reach:
    """Raises CameraNotAllowed, and ConnectionFailed for a name that leads nowhere."""
    if source.kind is Kind.FILE:
        return Reach(f"file:{_played_file(source, settings)}")
    addresses = await permitted(source.host, source.port, settings, resolver)
    if source.kind in (Kind.RTSP, Kind.SRT) and source.scheme != "rtsps":
        return Reach(source.at(str(addresses[0])))
    return Reach(source.url)


async def permitted(
    host: str, port: int, settings: Settings, resolver: Resolver = system_resolver
) -> list[Address]:
    """The addresses of a camera's host, all of which are allowed; see `reach`."""
    check_port(port)
    addresses = await _addresses(host, port, resolver)
    if not all(allowed(address, settings) for address in addresses):
        raise CameraNotAllowed(
            f"the address of {host} is not in a network that cameras may be in",
            where="/url",
            hint="the operator opens networks with CAMERA_NETWORKS",
        )
    return addresses


def allowed(address: Address, settings: Settings) -> bool:
    """Whether cameras may be at this address."""
    if is_in(address, METADATA):
        return False
    return is_public(address) or is_in(address, settings.camera_networks)


def check_port(port: int) -> None:
    """Raises CameraNotAllowed for ports that belong to other services."""
    if port in LOW_PORTS or (1024 <= port <= 65535 and port not in REFUSED_PORTS):
        return
    raise CameraNotAllowed(f"port {port} is no camera's", where="/url")


async def _addresses(host: str, port: int, resolver: Resolver) -> list[Address]:
    literal = parse_address(host)
    if literal is not None:
        return [literal]
    try:
        answers = await resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise ConnectionFailed(f"the camera's host {host} cannot be found") from error
    addresses = [address for answer in dict.fromkeys(answers) if (address := parse_address(answer))]
    if not addresses:
        raise ConnectionFailed(f"the camera's host {host} cannot be found")
    return addresses


def _played_file(source: Source, settings: Settings) -> Path:
    if settings.camera_files is None:
        raise CameraNotAllowed(
            "files are not played as cameras here", where="/url", hint="the operator names CAMERA_FILES"
        )
    folder = settings.camera_files.resolve()
    path = (source.path or folder).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise CameraNotAllowed("there is no such file in CAMERA_FILES", where="/url")
    return path
