"""The spine's tables."""

from __future__ import annotations

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ecg.database.base import Base, LongText, Milliseconds, Serial, identifier


class Job(Base):
    """One piece of long work. The row is the truth; everything in Redis can be made from it again."""

    __tablename__ = "jobs"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    """Order of registration; never shown."""
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    job_id: Mapped[str] = mapped_column(identifier(128))
    """What clients call it; unique in its tenant."""
    kind: Mapped[str] = mapped_column(String(64))
    queue: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    payload: Mapped[str] = mapped_column(LongText)
    """JSON of the kind's payload type."""
    payload_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the request: tells a repeated request from another one under the same id."""
    result: Mapped[str | None] = mapped_column(LongText)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(LongText)
    request_id: Mapped[str | None] = mapped_column(String(64))
    retry_of: Mapped[str | None] = mapped_column(identifier(128))
    callback_url: Mapped[str | None] = mapped_column(LongText)

    progress: Mapped[int] = mapped_column(Integer, default=0)
    """Percent."""
    stage: Mapped[str | None] = mapped_column(identifier(64))
    message: Mapped[str | None] = mapped_column(LongText)
    details: Mapped[str | None] = mapped_column(LongText)
    """JSON of what the kind tells beside its progress (frames, memory)."""

    attempt: Mapped[int] = mapped_column(Integer, default=0)
    max_attempts: Mapped[int] = mapped_column(Integer)
    claim_token: Mapped[str | None] = mapped_column(String(32))
    boot_id: Mapped[str | None] = mapped_column(String(32))
    """The worker process that holds the claim."""
    worker_id: Mapped[str | None] = mapped_column(identifier(128))
    """That worker's label, for people."""
    lease_until: Mapped[int | None] = mapped_column(Milliseconds)
    deadline_seconds: Mapped[float | None] = mapped_column(Float)
    """Of one attempt."""
    cancel_requested: Mapped[bool] = mapped_column(Boolean, default=False)

    work: Mapped[float | None] = mapped_column(Float)
    """How much there is to do, in the kind's own unit; with the times below, the measured speed."""
    need_mb: Mapped[float] = mapped_column(Float)
    """Peak memory that its kind expects; with the measured one of other jobs, what it will really be."""
    memory_mb: Mapped[float | None] = mapped_column(Float)
    """Peak memory as measured when it ran."""

    available_at: Mapped[int] = mapped_column(Milliseconds)
    """Not before: the time of registration, or later after a failed attempt."""
    created_at: Mapped[int] = mapped_column(Milliseconds)
    started_at: Mapped[int | None] = mapped_column(Milliseconds)
    """Of the last attempt."""
    finished_at: Mapped[int | None] = mapped_column(Milliseconds)

    __table_args__ = (
        UniqueConstraint("tenant_id", "job_id"),
        # The claim reads in this index's order; MariaDB would lock every row that it has to sort.
        Index("ix_jobs_claim", "queue", "state", "available_at", "serial"),
        Index("ix_jobs_lease", "state", "lease_until"),
        Index("ix_jobs_listing", "tenant_id", "serial"),
        Index("ix_jobs_measured", "kind", "state", "finished_at"),
    )


class Worker(Base):
    """A worker process that is, or was, alive."""

    __tablename__ = "job_workers"

    boot_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    worker_id: Mapped[str] = mapped_column(identifier(128))
    host: Mapped[str] = mapped_column(identifier(255))
    pid: Mapped[int] = mapped_column(Integer)
    queues: Mapped[str] = mapped_column(identifier(255))
    slots: Mapped[int] = mapped_column(Integer)
    busy: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[int] = mapped_column(Milliseconds)
    heartbeat_at: Mapped[int] = mapped_column(Milliseconds)
    lost_at: Mapped[int | None] = mapped_column(Milliseconds)
    """When its process was found dead; one that ends in order leaves no row."""


class CallbackDelivery(Base):
    """A message to a client's callback URL; written in the transaction of the change that it tells."""

    __tablename__ = "callback_deliveries"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    delivery_id: Mapped[str] = mapped_column(String(64), unique=True)
    """`webhook-id`: receivers tell repeats by it."""
    tenant_id: Mapped[str] = mapped_column(identifier(64))
    job_id: Mapped[str] = mapped_column(identifier(128))
    url: Mapped[str] = mapped_column(LongText)
    host: Mapped[str] = mapped_column(identifier(255))
    """Host and port of the URL: a receiver that is slow or dead holds up nobody else's messages."""
    event: Mapped[str] = mapped_column(String(16))
    """The state that it tells."""
    body: Mapped[str] = mapped_column(LongText)
    status: Mapped[str] = mapped_column(String(16))
    """pending, delivered or failed."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claim_token: Mapped[str | None] = mapped_column(String(32))
    available_at: Mapped[int] = mapped_column(Milliseconds)
    """Not before; while somebody sends it, the end of that one's lease."""
    created_at: Mapped[int] = mapped_column(Milliseconds)
    delivered_at: Mapped[int | None] = mapped_column(Milliseconds)

    __table_args__ = (
        Index("ix_callback_deliveries_due", "status", "available_at", "serial"),
        Index("ix_callback_deliveries_job", "tenant_id", "job_id", "serial"),
    )


class CallbackAttempt(Base):
    """One try to deliver: the delivery log."""

    __tablename__ = "callback_attempts"

    serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    delivery_serial: Mapped[int] = mapped_column(
        ForeignKey("callback_deliveries.serial", ondelete="CASCADE"), index=True
    )
    tried_at: Mapped[int] = mapped_column(Milliseconds)
    status_code: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(LongText)
    milliseconds: Mapped[int] = mapped_column(Integer)
