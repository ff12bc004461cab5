"""The speech server: the contract's HTTP front over the job spine. `ecg serve speech` runs it."""

from ecg.speech.server.app import create_app

__all__ = ["create_app"]
