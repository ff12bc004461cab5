"""The API server: everything that people and programs ask ECG for. `ecg serve api` runs it.

It assembles: accounts, messages, library, projects, exports and usage bring their routes, and none of them
knows of it.
"""

from ecg.gateway.app import create_app

__all__ = ["create_app"]
