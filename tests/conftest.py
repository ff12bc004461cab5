"""Fixtures for all tests: the servers that they start for themselves."""

from tests.services.fixtures import database_url, mariadb_server, postgres_server

__all__ = ["database_url", "mariadb_server", "postgres_server"]
