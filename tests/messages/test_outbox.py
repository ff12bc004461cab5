"""The embedded default: a folder."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ecg.messages.channels.email import send_email
from ecg.messages.channels.outbox import KEPT_SECONDS, outbox
from ecg.settings import Settings
from tests.messages.letters import VALUES, letter


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def test_without_a_mail_server_messages_are_put_into_a_folder(settings: Settings) -> None:
    with capture_logs() as lines:
        asyncio.run(send_email(letter("kim@example.com"), settings))
    path = outbox(settings) / "msg-1.txt"
    text = path.read_text("utf-8")
    assert text.startswith("To: kim@example.com\nSubject: Confirm your email address\n\nHello Kim,")
    assert VALUES["link"] in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    [line] = lines
    assert line["file"] == str(path)
    assert "a1b2" not in str(line)


def test_a_second_attempt_overwrites_and_old_messages_go(settings: Settings) -> None:
    folder = outbox(settings)
    folder.mkdir()
    for name, age in (("old.txt", KEPT_SECONDS + 60), ("young.txt", 60)):
        (folder / name).write_text("…")
        os.utime(folder / name, (time.time() - age,) * 2)
    (folder / "msg-1.part").write_text("of a worker that was killed")
    for _ in range(2):
        asyncio.run(send_email(letter("kim@example.com"), settings))
    assert sorted(path.name for path in folder.iterdir()) == ["msg-1.txt", "young.txt"]
