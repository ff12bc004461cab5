"""Puts alerts together for a process: an API server or a recording host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from ecg.database import Database
from ecg.live.alerts.service import Alerts
from ecg.live.alerts.telling import Send, Teller
from ecg.live.alerts.wanted import AlertPreferences
from ecg.live.alerts.watch import Watch
from ecg.settings import Settings

USUAL_FRONTEND = "http://127.0.0.1:8000"
"""Where the web app is when nobody says (PUBLIC_URL, FRONTEND_URL)."""


def watch_of(settings: Settings, database: Database, send: Send) -> Watch:
    """A watcher for `keep_watch`. `send` is `Messages.send`."""
    return Watch(database, preferences_of(settings, database), teller_of(settings, database, send))


def places_of(settings: Settings) -> Mapping[str, Path]:
    """The folders of this machine that must not fill up."""
    return {"data": settings.data_dir}


def provide_alerts(app: FastAPI, settings: Settings, database: Database, send: Send) -> Watch:
    """Put what the routes need where they find it; answers the watcher for `keep_watch`."""
    preferences = preferences_of(settings, database)
    teller = teller_of(settings, database, send)
    app.state.alerts = Alerts(database, preferences, teller, silent_seconds=settings.lease_seconds)
    return Watch(database, preferences, teller)


def preferences_of(settings: Settings, database: Database) -> AlertPreferences:
    return AlertPreferences(database, settings.secret("url_signing"))


def teller_of(settings: Settings, database: Database, send: Send) -> Teller:
    return Teller(database, send, settings.frontend_url or settings.public_url or USUAL_FRONTEND)
