"""The doctor names what is wrong with database, Redis, broker, store and ports, and how to mend it."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecg import doctor_server
from ecg.cli.servers import SERVICES
from ecg.database import Database, migrate
from ecg.doctor import Check
from ecg.settings import Settings, load_settings
from tests.services.starting import free_port


def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **variables: Any) -> dict[str, Check]:
    for name, value in {"ECG_DATA_DIR": tmp_path, **variables}.items():
        monkeypatch.setenv(name, str(value))
    load_settings.cache_clear()
    try:
        checks = list(doctor_server.checks())
    finally:
        load_settings.cache_clear()
    assert all(check.state == "ok" or check.mend for check in checks)
    return {check.name: check for check in checks}


def test_the_defaults_are_well_and_make_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = found(tmp_path, monkeypatch)
    assert [checks[name].state for name in ("database", "Redis", "store")] == ["ok", "ok", "ok"]
    assert "embedded" in checks["Redis"].detail
    assert not (tmp_path / "ecg.db").exists()


def test_a_database_tells_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def make(schema: bool) -> None:
        database = Database(Settings(ECG_DATA_DIR=tmp_path).database)
        if schema:
            await migrate(database)
        else:
            async with database.write():
                pass
        await database.close()

    asyncio.run(make(schema=False))
    assert found(tmp_path, monkeypatch)["database"].state == "optional"
    asyncio.run(make(schema=True))
    assert found(tmp_path, monkeypatch)["database"].state == "ok"


def test_a_database_that_is_away_is_bad_and_its_password_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://me:secret@127.0.0.1:{free_port()}/ecg"
    check = found(tmp_path, monkeypatch, DATABASE_URL=url)["database"]
    assert check.state == "bad"
    assert "secret" not in check.detail


def test_a_redis_that_is_away_costs_only_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = found(tmp_path, monkeypatch, REDIS_URL=f"redis://:secret@127.0.0.1:{free_port()}")["Redis"]
    assert check.state == "optional"
    assert "secret" not in check.detail


def test_a_redis_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_server: str) -> None:
    checks = found(tmp_path, monkeypatch, REDIS_URL=redis_server, CELERY_BROKER_URL=redis_server)
    assert (checks["Redis"].state, checks["Celery's broker"].state) == ("ok", "ok")


def test_a_broker_that_is_away_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"amqp://guest:secret@127.0.0.1:{free_port()}//"
    check = found(tmp_path, monkeypatch, CELERY_BROKER_URL=url)["Celery's broker"]
    assert check.state == "bad"
    assert "secret" not in check.detail


def test_a_store_that_cannot_be_written_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "objects").write_text("no folder")
    assert found(tmp_path, monkeypatch)["store"].state == "bad"


def test_a_port_that_is_taken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setattr(doctor_server, "SERVICES", (replace(SERVICES[0], port=port),))
        check = found(tmp_path, monkeypatch)[f"port {port}"]
    assert check.state == "optional"


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("MAX_CONCURRENT_JOBS", "many", "settings"),
        ("DATABASE_URL", "oracle://x", "database"),
        ("REDIS_URL", "x", "redis"),
    ],
)
def test_a_wrong_setting_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str
) -> None:
    check = found(tmp_path, monkeypatch, **{variable: value})[name]
    assert check.state == "bad"
    assert variable in f"{check.detail} {check.mend}"
