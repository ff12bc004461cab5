"""What a user's URL may lead to: schemes, ports, addresses. One value, made once from the settings.

Ports: 80, 443 and the unprivileged ones (1024 and up), without those of well-known databases, queues, caches
and cluster controls, nor those that browsers block because another protocol listens there. A port is the
second line of defence only; the first is that every address must be public or named by the operator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ecg.net.addresses import Address, Network, is_in, is_public
from ecg.net.targets import parse_target
from ecg.settings import Settings

REFUSED_PORTS = frozenset(
    (
        *(1433, 1434, 1521, 3306, 33060, 5432, 5433, 6432),  # SQL databases and their proxies
        *(5984, 7474, 7687, 8086, 9042, 9160, 27017, 27018, 27019, 28015),  # other databases
        *(6379, 6380, 11211, 16379, 26379),  # caches
        *(1883, 4222, 4369, 5671, 5672, 8883, 9092, 15672, 25672, 61613, 61616),  # queues
        *(9200, 9300, 8983),  # search
        *(2181, 2375, 2376, 2377, 2379, 2380, 4001, 4243, 6443, 8500, 8600, 10250, 10255),  # clusters
        *(2049, 3389, 5900, 5985, 5986),  # file shares and remote desktops
        *(
            1719,
            1720,
            1723,
            3659,
            4045,
            4190,
            5060,
            5061,
            6000,
            6566,
            6679,
            6697,
            10080,
        ),  # blocked by browsers
        *range(6665, 6670),
    )
)


@dataclass(frozen=True)
class NetworkPolicy:
    """What may be fetched from and posted to.

    `allowed_private_networks` open addresses that are not public, cloud metadata among them, so name no more
    than needed. `own_servers` are hosts and ports of this installation: they are reached whatever their
    address and port. `allowed_ports` replaces the rule for ports.
    """

    allowed_private_networks: tuple[Network, ...] = ()
    allowed_ports: frozenset[int] | None = None
    own_servers: frozenset[tuple[str, int]] = frozenset()

    def allows_port(self, port: int) -> bool:
        if self.allowed_ports is not None:
            return port in self.allowed_ports
        return port in (80, 443) or (1024 <= port <= 65535 and port not in REFUSED_PORTS)

    def allows_address(self, address: Address) -> bool:
        return is_public(address) or is_in(address, self.allowed_private_networks)

    def is_own(self, host: str, port: int) -> bool:
        return (host, port) in self.own_servers


def policy_of(settings: Settings, *, own_urls: Iterable[str] = ()) -> NetworkPolicy:
    """The operator's policy; `own_urls` are those of servers that belong to this installation, beside the API
    server that FASTAPI_BASE_URL names.
    """
    api = [settings.fastapi_base_url] if settings.fastapi_base_url else []
    own = [parse_target(url) for url in (*own_urls, *api)]
    return NetworkPolicy(
        allowed_private_networks=settings.allowed_private_networks,
        own_servers=frozenset((target.host, target.port) for target in own),
    )
