"""How busy the connections to the database are."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.pool import QueuePool

from ecg.database import Database


class PoolMetrics(Collector):
    """`ecg_database_connections` by state: ``size``, ``busy`` and ``idle``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "ecg_database_connections", "Connections of this server to its database.", labels=["state"]
        )
        pool = self._database.engine.sync_engine.pool
        if isinstance(pool, QueuePool):
            counts = {"size": pool.size(), "busy": pool.checkedout(), "idle": pool.checkedin()}
            for state, value in counts.items():
                family.add_metric([state], value)
        yield family
