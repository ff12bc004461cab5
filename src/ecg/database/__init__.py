"""The door to SQL: one engine for SQLite, PostgreSQL and MySQL/MariaDB, sessions, migrations.

Tables live in the feature folders (`models.py`), statements in their `repository.py`; nothing else has SQL.
"""

from ecg.database.base import Base, Record, table_of
from ecg.database.clock import now_ms
from ecg.database.engine import Database, async_url
from ecg.database.migrate import migrate, schema_version

__all__ = ["Base", "Database", "Record", "async_url", "migrate", "now_ms", "schema_version", "table_of"]
