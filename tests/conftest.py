"""For all tests: servers that they start for themselves, and no settings of whoever runs them."""

import os

from ecg.settings import Settings
from tests.services.fixtures import (
    _sqs,
    database_url,
    mariadb_server,
    postgres_server,
    rabbitmq_server,
    redis_server,
    s3_bucket,
    s3_server,
    sqs_server,
)

__all__ = [
    "_sqs",
    "database_url",
    "mariadb_server",
    "postgres_server",
    "rabbitmq_server",
    "redis_server",
    "s3_bucket",
    "s3_server",
    "sqs_server",
]

Settings.model_config["env_file"] = None
for field in Settings.model_fields.values():
    os.environ.pop(field.alias or "", None)
