from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from ecg.net.policy import NetworkPolicy, policy_of
from ecg.settings import Settings


@pytest.mark.parametrize("port", [80, 443, 3000, 8000, 8080, 8090, 8443, 9000, 40000, 65535])
def test_web_and_unprivileged_ports_are_open(port: int) -> None:
    assert NetworkPolicy().allows_port(port)


@pytest.mark.parametrize("port", [0, 21, 22, 23, 25, 111, 445, 1023, 65536, -1])
def test_other_privileged_ports_are_closed(port: int) -> None:
    assert not NetworkPolicy().allows_port(port)


@pytest.mark.parametrize("port", [3306, 5432, 5672, 6379, 9200, 11211, 27017, 2375, 10250, 6667])
def test_databases_queues_and_controls_are_closed(port: int) -> None:
    assert not NetworkPolicy().allows_port(port)


def test_ports_can_be_named_instead() -> None:
    policy = NetworkPolicy(allowed_ports=frozenset({22}))
    assert policy.allows_port(22)
    assert not policy.allows_port(80)


def test_private_networks_are_opened_by_the_setting(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"ECG_DATA_DIR": tmp_path, "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8,fd00::/8"}
    )
    policy = policy_of(settings)
    assert policy.allows_address(ip_address("127.0.0.1"))
    assert policy.allows_address(ip_address("fd00::1"))
    assert not policy.allows_address(ip_address("10.0.0.1"))
    assert not policy.allows_address(ip_address("::1"))


def test_own_servers_are_known_by_host_and_port(tmp_path: Path) -> None:
    policy = policy_of(
        Settings.model_validate({"ECG_DATA_DIR": tmp_path}),
        own_urls=["http://127.0.0.1:8090", "http://[::1]/"],
    )
    assert policy.is_own("127.0.0.1", 8090)
    assert policy.is_own("::1", 80)
    assert not policy.is_own("127.0.0.1", 8091)
