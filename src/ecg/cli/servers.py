"""Commands that stay: serve, worker, up.

They end with 0 when they were told to end and all went well, with 130 when it took a second Ctrl-C, and with
2 when a setting is wrong, which no restart would mend.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ecg.cli.outcome import concluded

if TYPE_CHECKING:
    from ecg.settings import Settings
    from ecg.supervisor import Part


class Mode(StrEnum):
    """How workers learn of new jobs."""

    STANDALONE = "standalone"
    CELERY = "celery"


@dataclass(frozen=True, slots=True)
class Service:
    """A server of ECG: `create_app(settings, mode=…)` of a module, and the queues of its workers."""

    name: str
    port: int
    module: str
    queues: str


RENDER = Service("render", 8090, "ecg.render.server", "render")
SPEECH = Service("speech", 8080, "ecg.speech.server", "speech")
API = Service("api", 8000, "ecg.gateway", "uploads,messages")
LIVE = Service("live", 8070, "ecg.live.server", "analysis")
"""Records cameras; `ecg live` starts no worker, for what it records is looked at by others."""
SERVICES = (RENDER, SPEECH, API, LIVE)
"""What `ecg up` starts, and `ecg serve` knows, but for LIVE, which is `ecg live`."""
QUEUES = ",".join(service.queues for service in SERVICES)
PROMPT_QUEUES = ",".join(service.queues for service in SERVICES if service is not LIVE)
"""What somebody waits for. `ecg up` has recordings looked at by workers beside these, so that a dozen of them
that end with the same minute hold up no message."""

Host = Annotated[
    str, typer.Option("--host", help="Address to listen on; beyond this machine needs SERVICE_TOKEN.")
]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free one.")]
ModeOption = Annotated[
    Mode, typer.Option("--mode", help="standalone: nothing to install; celery: workers on many machines.")
]
Gpu = Annotated[
    bool | None, typer.Option("--gpu-mode/--cpu-mode", help="Hardware encoder and GPU painting, or neither.")
]
Browsers = Annotated[
    int | None, typer.Option("--browsers", min=1, max=16, help="Browsers that paint at once for one video.")
]
Concurrency = Annotated[
    int | None, typer.Option("--concurrency", min=1, max=256, help="Jobs at once, where memory allows.")
]
Workers = Annotated[int, typer.Option("--workers", min=0, max=64, help="Worker processes.")]
OwnWorkers = Annotated[
    int | None,
    typer.Option("--workers", min=0, max=64, help="Own workers; by default 1, with celery none."),
]

serve = typer.Typer(no_args_is_help=True, help="Run one server.")


@serve.command("render")
@concluded
def serve_render(
    *,
    host: Host = "127.0.0.1",
    port: Port = SERVICES[0].port,
    mode: ModeOption = Mode.STANDALONE,
    gpu: Gpu = None,
    browsers: Browsers = None,
    concurrency: Concurrency = None,
    workers: OwnWorkers = None,
) -> None:
    """Burn captions into videos for whoever asks by HTTP."""
    settings = _settings(gpu, browsers, concurrency)
    own = workers if workers is not None else int(mode is Mode.STANDALONE)
    raise typer.Exit(_serve(RENDER, settings, (host, port), mode, own))


@serve.command("speech")
@concluded
def serve_speech(
    *,
    host: Host = "127.0.0.1",
    port: Port = SPEECH.port,
    mode: ModeOption = Mode.STANDALONE,
    concurrency: Concurrency = None,
    workers: OwnWorkers = None,
) -> None:
    """Listen to videos for whoever asks by HTTP: words, speakers, voices, moods."""
    settings = _settings(None, None, concurrency)
    own = workers if workers is not None else int(mode is Mode.STANDALONE)
    raise typer.Exit(_serve(SPEECH, settings, (host, port), mode, own))


@serve.command("api")
@concluded
def serve_api(
    *,
    host: Host = "127.0.0.1",
    port: Port = API.port,
    mode: ModeOption = Mode.STANDALONE,
    concurrency: Concurrency = None,
    workers: OwnWorkers = None,
) -> None:
    """Accounts, uploads, projects and exports for whoever asks by HTTP."""
    settings = _settings(None, None, concurrency)
    own = workers if workers is not None else int(mode is Mode.STANDALONE)
    raise typer.Exit(_serve(API, settings, (host, port), mode, own))


@concluded
def live(
    *,
    host: Host = "127.0.0.1",
    port: Port = LIVE.port,
    mode: ModeOption = Mode.STANDALONE,
    name: Annotated[
        str | None, typer.Option("--name", help="Of this machine, for people; by default its host name.")
    ] = None,
) -> None:
    """Record the cameras that are wanted, and serve their live video."""
    settings = _settings(None, None, None)
    if name is not None:
        settings = settings.model_copy(update={"worker_id": name})
    raise typer.Exit(_serve(LIVE, settings, (host, port), mode, 0))


@concluded
def worker(
    *,
    queues: Annotated[str, typer.Option("--queues", help="Comma-separated.")] = QUEUES,
    name: Annotated[
        str | None, typer.Option("--name", help="A label for people; by default WORKER_ID.")
    ] = None,
    mode: ModeOption = Mode.STANDALONE,
    gpu: Gpu = None,
    browsers: Browsers = None,
    concurrency: Concurrency = None,
) -> None:
    """Do the jobs of some queues; as many workers as you like, on as many machines as you like."""
    from ecg.errors import SettingsError
    from ecg.jobs.workers.worker_process import run_worker
    from ecg.logging import configure

    settings = _settings(gpu, browsers, concurrency)
    wanted = [queue.strip() for queue in queues.split(",") if queue.strip()]
    if not wanted:
        raise SettingsError("a worker needs a queue", where="--queues", hint="--queues render")
    configure(settings, service="worker")
    _reach_database(settings)
    run_worker(settings, queues=wanted, name=name, mode=mode.value)


@concluded
def up(
    *,
    host: Host = "127.0.0.1",
    port: Port = SERVICES[0].port,
    mode: ModeOption = Mode.STANDALONE,
    gpu: Gpu = None,
    browsers: Browsers = None,
    concurrency: Concurrency = None,
    workers: Workers = 1,
) -> None:
    """Run all of ECG in this terminal: Redis, servers and workers. Ctrl-C ends them in order."""
    from ecg.logging import configure
    from ecg.redis_server import connect
    from ecg.serving import run_loop, run_supervised
    from ecg.supervisor import Supervisor

    settings = _settings(gpu, browsers, concurrency)
    configure(settings, service="up")
    ports, urls = _places(settings, host, port)  # wrong settings are told here, not by a child
    settings = _introduced(_with_public_url(settings, urls[API], host), urls)
    supervisor = Supervisor(
        [_server_parts(host, ports, mode), _all_workers(workers, mode)], settings.as_environment()
    )

    async def run() -> int:
        redis = await connect(settings)
        try:
            return await run_supervised(supervisor)
        finally:
            await redis.close()

    raise typer.Exit(run_loop(run))


def _serve(service: Service, settings: Settings, at: tuple[str, int], mode: Mode, workers: int) -> int:
    from ecg.logging import configure
    from ecg.serving import listening_socket, run_loop, url_of
    from ecg.serving import serve as serve_app
    from ecg.supervisor import Supervisor

    configure(settings, service=service.name)
    listener = listening_socket(settings, *at)
    if service is not LIVE:  # its links begin at the API server
        settings = _with_public_url(settings, url_of(listener), at[0])
    if service is API:
        settings = _introduced(settings, {API: url_of(listener)})
    _reach_database(settings)
    app = importlib.import_module(service.module).create_app(settings, mode=mode.value)
    supervisor = Supervisor([_worker_parts(workers, mode, service.queues)], settings.as_environment())
    return run_loop(lambda: serve_app(app, listener, supervisor, name=service.name))


def _places(settings: Settings, host: str, port: int) -> tuple[dict[Service, int], dict[Service, str]]:
    """Port and address of each server; the first one has the port that was asked for, and the others theirs
    (with 0, all have any).

    Raises SettingsError.
    """
    import contextlib

    from ecg.serving import listening_socket, url_of

    with contextlib.ExitStack() as held:
        listeners = {}
        for service in SERVICES:
            at = port if service is SERVICES[0] else service.port if port else 0
            listeners[service] = held.enter_context(listening_socket(settings, host, at))
        ports = {service: listener.getsockname()[1] for service, listener in listeners.items()}
        return ports, {service: url_of(listener) for service, listener in listeners.items()}


def _introduced(settings: Settings, urls: dict[Service, str]) -> Settings:
    """The settings with which the API server finds those that it asks, and they find it, where nobody has
    said otherwise.
    """
    names = {API: "fastapi_base_url", SPEECH: "model_server_url", RENDER: "render_server_url"}
    known = {names[service]: url for service, url in urls.items() if service in names}
    said = settings.model_fields_set
    return settings.model_copy(update={name: url for name, url in known.items() if name not in said})


def _server_parts(host: str, ports: dict[Service, int], mode: Mode) -> list[Part]:
    """One server a service."""
    from ecg.supervisor import Part

    parts = []
    for service, port in ports.items():
        options = ("--host", host, "--port", str(port), "--mode", mode.value, "--workers", "0")
        if service is LIVE:
            parts.append(Part(name=service.name, arguments=("live", *options[:-2])))
            continue
        parts.append(Part(name=service.name, arguments=("serve", service.name, *options)))
    return parts


def _all_workers(count: int, mode: Mode) -> list[Part]:
    """So many for what somebody waits for, and as many for recordings."""
    analysts = _worker_parts(count, mode, LIVE.queues, "analyst")
    return [*_worker_parts(count, mode, PROMPT_QUEUES), *analysts]


def _worker_parts(count: int, mode: Mode, queues: str, name: str = "worker") -> list[Part]:
    from ecg.supervisor import Part

    arguments = ("worker", "--queues", queues, "--mode", mode.value)
    return [Part(name=f"{name}-{number + 1}", arguments=arguments) for number in range(count)]


def _settings(gpu: bool | None, browsers: int | None, concurrency: int | None) -> Settings:
    """The settings of the environment; what the command line says goes before."""
    from ecg.settings import load_settings

    said: dict[str, Any] = {
        "render_gpu": gpu,
        "render_browsers": browsers,
        "max_concurrent_jobs": concurrency,
    }
    return load_settings().model_copy(
        update={name: value for name, value in said.items() if value is not None}
    )


def _with_public_url(settings: Settings, url: str, host: str) -> Settings:
    """The settings with the address that download links begin with."""
    import structlog

    if settings.public_url:
        return settings
    if host in ("0.0.0.0", "::"):  # noqa: S104  # asked for by name
        hint = "PUBLIC_URL=http://the-name-of-this-machine:port"
        structlog.get_logger(__name__).warning(
            "download links work on this machine only", begin=url, hint=hint
        )
    return settings.model_copy(update={"public_url": url})


def _reach_database(settings: Settings) -> None:
    """Bring the database to this version's schema, or say plainly that it is not there.

    Raises ConnectionFailed.
    """
    import asyncio

    from sqlalchemy.exc import SQLAlchemyError

    from ecg.database import Database, migrate
    from ecg.errors import ConnectionFailed

    async def run() -> None:
        database = Database(settings.database, pool_size=1)
        try:
            await migrate(database)
        except (SQLAlchemyError, OSError) as error:
            place = database.url.render_as_string(hide_password=True)
            reason = " ".join(str(getattr(error, "orig", error)).split())
            raise ConnectionFailed(
                f"the database {place} cannot be used: {reason}", where="DATABASE_URL", hint="ecg doctor"
            ) from error
        finally:
            await database.close()

    asyncio.run(run())
