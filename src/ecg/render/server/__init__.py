"""The render server: the contract's HTTP front over the job spine. `ecg serve render` runs it."""

from ecg.render.server.app import create_app

__all__ = ["create_app"]
