"""Serving HTTP, with the workers that belong to the server as its children.

The order of the end is the point: told to end, the server first has its workers finish or hand back,
answering all the while, and then stops listening. Told once more, it kills what is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING

import structlog

from ecg.errors import SettingsError
from ecg.logging import LABEL_VARIABLE
from ecg.settings import Settings
from ecg.supervisor import Supervisor

if TYPE_CHECKING:
    from fastapi import FastAPI

log = structlog.get_logger(__name__)

FORCED = 130
"""Exit code after a second Ctrl-C."""
_GRACE_SECONDS = 3
"""How long open connections may stay when everything else has ended."""


def listening_socket(settings: Settings, host: str, port: int) -> socket.socket:
    """A socket that is bound but answers nobody yet.

    Raises SettingsError: for a port that is taken, a host that is not this machine's, and for listening
    beyond this machine without a SERVICE_TOKEN.
    """
    addresses = _addresses(host, port)
    if settings.service_token is None and not all(_is_loopback(address) for _, address in addresses):
        raise SettingsError(
            f"{host} can be reached from other machines, and without SERVICE_TOKEN anybody could use it",
            where="SERVICE_TOKEN",
            hint="SERVICE_TOKEN=$(openssl rand -hex 32), or --host 127.0.0.1",
        )
    family, address = addresses[0]
    # asyncio switches Nagle's delay off only where the protocol is named: 47 ms an answer
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"the server cannot listen on {host}:{port}: {error.strerror}",
            where="--port",
            hint=f"see what listens there, or take another one: --port {port + 1}",
        ) from None
    return listener


@dataclass(slots=True)
class Ending:
    """What the signals do to a program that waits for its children: ask once, then force."""

    stop: Callable[[], None]
    kill: Callable[[], None]
    times: int = field(default=0, init=False)

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._told)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    @property
    def forced(self) -> bool:
        return self.times > 1

    def _told(self) -> None:
        self.times += 1
        if self.times == 1:
            if LABEL_VARIABLE not in os.environ:  # else a supervisor has said so
                log.info("ending; once more to end at once")
            self.stop()
        else:
            self.kill()


async def serve(app: FastAPI, listener: socket.socket, workers: Supervisor, *, name: str) -> int:
    """Serve until told to end; answers the exit code."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # they are handled here

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                log.info(f"{name} server listens", url=url_of(listener))

    server = Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )

    async def answer() -> None:
        with contextlib.suppress(SystemExit):  # uvicorn's way to say that it could not start; it has told why
            await server.serve([listener])

    def kill() -> None:
        workers.kill()
        server.force_exit = True

    ending = Ending(workers.stop, kill)
    with ending.on_signals():
        serving = asyncio.create_task(answer(), name="http")
        working = asyncio.create_task(workers.run(), name="workers")
        await asyncio.wait([serving, working], return_when=asyncio.FIRST_COMPLETED)
        started = server.started
        workers.stop()
        code = await working
        server.should_exit = True
        await serving
    if ending.forced:
        return FORCED
    return code if started else 1


async def run_supervised(supervisor: Supervisor) -> int:
    """Run the parts until told to end; answers the exit code."""
    ending = Ending(supervisor.stop, supervisor.kill)
    with ending.on_signals():
        code = await supervisor.run()
    return FORCED if ending.forced else code


def run_loop(main: Callable[[], Awaitable[int]]) -> int:
    """Run a server's main on the quickest event loop there is."""

    async def whole() -> int:
        return await main()

    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(whole())
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(whole())


def _addresses(host: str, port: int) -> list[tuple[int, str]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise SettingsError(
            f"{host!r} is no address of this machine: {error.strerror}", where="--host"
        ) from None
    addresses = [(int(family), str(address[0])) for family, *_, address in found]
    return sorted(
        addresses, key=lambda each: each[0] != socket.AF_INET
    )  # localhost is 127.0.0.1 to most clients


def _is_loopback(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_loopback


def url_of(listener: socket.socket) -> str:
    """How programs on this machine reach it."""
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
