"""A sender in a process of its own, to be killed by tests: database URL and secret are its arguments."""

from __future__ import annotations

import asyncio
import sys
from ipaddress import ip_network

from ecg.database import Database
from ecg.jobs.callbacks.delivery import CallbackSender, Limits
from ecg.net import NetworkPolicy


async def main(url: str, secret: str) -> None:
    policy = NetworkPolicy(allowed_private_networks=(ip_network("127.0.0.0/8"),))
    await CallbackSender(Database(url), policy, secret, limits=Limits(lease=1)).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
