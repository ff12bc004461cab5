"""Alembic's entry: migrations always run on the connection that `ecg.database.migrate` gives."""

from alembic import context

from ecg.database.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    version_table_pk=False,  # MySQL gives primary keys no names, and says so
    transactional_ddl=True if connection.dialect.name == "sqlite" else None,
)
context.run_migrations()
