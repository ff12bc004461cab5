"""Celery carries wake-ups between machines: the message says that a queue has work, never what the work is.

A task holds its message until the job that it woke for has ended, so that messages go to workers with a free
slot (prefetch 1, late acknowledgement). What is lost anywhere is found by the workers' own sweep.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from celery import Celery, signals
from celery.platforms import SecurityWarning
from kombu import Queue

from ecg.errors import MissingDependency

WAKE = "ecg.jobs.wake"
LONGEST_JOB_SECONDS = 24 * 3600
"""Longer than the longest deadline: after it the broker would hand a running job's message out again, which
costs nothing but noise."""
SQS_LONGEST_SECONDS = 12 * 3600
"""The most that SQS grants; https://docs.aws.amazon.com/AWSSimpleQueueService (visibility timeout)."""


def queue_name(queue: str) -> str:
    return f"ecg.{queue}"


def make_app(broker_url: str) -> Celery:
    """A Celery application on this broker, without results: the job's row has them.

    Raises MissingDependency for SQS without what its client needs.
    """
    app = Celery("ecg", broker=broker_url)
    options: dict[str, Any] = {}
    if broker_url.startswith("sqs"):
        _check_sqs()
        options["visibility_timeout"] = SQS_LONGEST_SECONDS
    elif not broker_url.startswith("amqp"):
        options["visibility_timeout"] = LONGEST_JOB_SECONDS
    if broker_url.startswith("redis"):
        # With the defaults a killed worker's message comes back only after a minute and a half.
        options |= {"unacked_restore_interval": 2, "unacked_restore_throttle": 1, "socket_timeout": 10}
        options |= {"socket_connect_timeout": 2}
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        task_create_missing_queues=True,
        worker_prefetch_multiplier=1,
        worker_soft_shutdown_timeout=10,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options=options,
        visibility_timeout=LONGEST_JOB_SECONDS,
        result_backend_transport_options=options,
        broker_pool_limit=2,
    )
    return app


def _check_sqs() -> None:
    if importlib.util.find_spec("pycurl") is None:
        raise MissingDependency("SQS needs pycurl, which is not installed", hint="pip install 'ecg[sqs]'")


def send_wakeups(app: Celery, batch: Iterable[tuple[str, str]]) -> None:
    """Send one message a job; raises what the broker raises, within a few seconds."""
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0.2, interval_max=0.5, timeout=3)
        with app.amqp.Producer(connection) as producer:
            for queue, job_id in batch:
                app.send_task(
                    WAKE,
                    args=(queue, job_id),
                    queue=queue_name(queue),
                    producer=producer,
                    retry=False,
                    ignore_result=True,
                )


def run_celery(
    broker_url: str,
    *,
    queues: Sequence[str],
    slots: int,
    name: str,
    run_next: Callable[[str], None],
    on_stop: Callable[[], None],
) -> None:
    """Take wake-ups until the process is told to end. Blocks the main thread.

    `run_next` runs the oldest job of a queue to its end, or returns at once when there is none; it is called
    from `slots` threads. `on_stop` is called as soon as the process is told to end: what runs then is to
    finish or be handed back, for Celery waits for it.
    """
    app = make_app(broker_url)
    app.conf.task_queues = [Queue(queue_name(queue)) for queue in queues]

    def wake(queue: str, _job_id: str) -> None:
        run_next(queue)

    app.task(name=WAKE)(wake)
    signals.worker_shutting_down.connect(lambda **_: on_stop(), weak=False)
    # A superuser's worker is warned of pickle, which is not accepted here.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker = app.Worker(
        pool="threads",
        concurrency=slots,
        hostname=f"{name}@%h",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel="WARNING",
        quiet=True,
    )
    worker.start()
