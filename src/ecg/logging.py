"""One way for everything that a process has to say: structured lines on standard error.

Our own modules log through structlog with keys; uvicorn, Celery, Alembic and warnings come through the
standard library, and both leave by the same renderer: JSON for machines, coloured text on a terminal. What is
bound with `structlog.contextvars` (job_id, request_id) stands on every line. Secrets are blotted out of the
finished line, so that no trace, URL or message of a library can carry them.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from ecg.settings import Settings

LABEL_VARIABLE = "ECG_LOG_LABEL"
"""Stands before each line on a terminal, where several processes write; `ecg.supervisor` sets it."""
BLOT = "[hidden]"
_SECRET_KEYS = frozenset({"authorization", "cookie", "password", "secret", "token", "service_token"})
_SECRETS = (
    # query strings of signed links, ours and S3's
    (
        re.compile(r"(?i)\b((?:x-amz-)?(?:signature|credential|security-token)|sig|token)=[^&\s\"'\\]+"),
        rf"\1={BLOT}",
    ),
    (re.compile(r"(?i)\b(bearer)\s+[\w.~+/=-]{8,}"), rf"\1 {BLOT}"),
    (re.compile(r"\b(whsec_)[\w+/=-]+"), rf"\1{BLOT}"),
    # user:password@ in URLs of databases, brokers and Redis
    (re.compile(r"(://[^\s:/@\"']*):[^\s/@\"']+@"), rf"\1:{BLOT}@"),
)
_TALKATIVE = (
    "alembic",
    "amqp",
    "asyncio",
    "celery",
    "httpcore2",
    "httpx2",
    "kombu",
    "multipart",
    "python_multipart",
    "uvicorn",
)
_TELLTALE = ("boto3", "botocore", "s3transfer", "urllib3")
"""Say too much at lower levels, headers with signatures among it."""


def configure(settings: Settings, *, service: str) -> None:
    """Set the process up; once, before it says anything. `service` names the process on each line."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _named(service, as_json=as_json),
        _without_secret_keys,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_json() if as_json else _console()),
                blotted,
                *(() if as_json else (_labelled,)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(level if level == logging.DEBUG else max(level, logging.WARNING))
    for name in _TELLTALE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def blotted(_logger: WrappedLogger, _method: str, line: Any) -> Any:
    """The finished line without secrets."""
    for pattern, instead in _SECRETS:
        line = pattern.sub(instead, line)
    return line


def _labelled(_logger: WrappedLogger, _method: str, text: Any) -> Any:
    label = os.environ.get(LABEL_VARIABLE, "")
    return "\n".join(label + line for line in text.splitlines()) if label else text


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _console() -> list[Processor]:
    forced = os.environ.get("FORCE_COLOR")
    colours = not os.environ.get("NO_COLOR") and bool(forced or sys.stderr.isatty())
    # A trace with local variables would show secrets.
    trace = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=trace, pad_event_to=0)]


def _named(service: str, *, as_json: bool) -> Processor:
    """Which process and module speak, for machines; people see the label."""

    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        if as_json:
            event.setdefault("service", service)
        else:
            event.pop("logger", None)
        return event

    return add


def _without_secret_keys(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key in event:
        if key.lower() in _SECRET_KEYS:
            event[key] = BLOT
    return event
