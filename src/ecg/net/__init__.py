"""The only door to the network: fetches and messages that users' URLs cause, and no way around the checks.

Every function takes a `NetworkPolicy` (made by `policy_of`) and, for tests, a `Resolver`. All are
asynchronous; a job's own process calls them with `asyncio.run`. The addresses that are checked are
those connected to (connecting.py); what is allowed is in policy.py and addresses.py.

`ecg.net.breaker`, for calls of our own servers, is imported by its name: it brings redis, which the processes
of jobs do without.
"""

from ecg.net.client import GuardedClient, Response
from ecg.net.downloading import Downloaded, download
from ecg.net.peeking import Preflight, check_url, preflight, read_range
from ecg.net.policy import NetworkPolicy, policy_of
from ecg.net.posting import Answer, post_json, post_json_with
from ecg.net.resolving import Resolver, system_resolver

__all__ = [
    "Answer",
    "Downloaded",
    "GuardedClient",
    "NetworkPolicy",
    "Preflight",
    "Resolver",
    "Response",
    "check_url",
    "download",
    "policy_of",
    "post_json",
    "post_json_with",
    "preflight",
    "read_range",
    "system_resolver",
]
