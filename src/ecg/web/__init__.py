"""What all our HTTP servers share: errors in one shape, request ids, who may call, limits and headers.

A server makes its application with `create_base_app`, adds its routers, and lets EcgErrors rise: they become
`application/problem+json` here, with the stable codes of `ecg.errors`.
"""

from ecg.web.app import create_base_app
from ecg.web.callers import Caller, caller, viewer
from ecg.web.problems import ErrorShape, Problem, Refused, problems
from ecg.web.tickets import Tickets

__all__ = [
    "Caller",
    "ErrorShape",
    "Problem",
    "Refused",
    "Tickets",
    "caller",
    "create_base_app",
    "problems",
    "viewer",
]
