"""Prometheus metrics, summed over the workers of a machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from app.domain.jobs import JobCount

CONTENT_TYPE = CONTENT_TYPE_LATEST

REQUESTS = Counter("lenticular_requests_total", "Answered requests.", ["method", "route", "status"])
SECONDS = Histogram(
    "lenticular_request_seconds",
    "Seconds from a request's first byte to its answer's last.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
#: One metric, a closed list of reasons (see :data:`REASONS`).
REFUSALS = Counter("lenticular_refusals_total", "Refused requests by reason.", ["reason"])

#: HTTP status to the reason that is counted.
REASONS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "bad_request",
    409: "conflict",
    420: "overloaded_or_unsubscribed",
    503: "overloaded",
}


@lru_cache(maxsize=1024)
def _children(method: str, route: str, status: int) -> tuple[Counter, Histogram, Counter | None]:
    """The labelled metrics of one kind of answer: looking them up costs more than counting."""
    reason = REASONS.get(status)
    return (
        REQUESTS.labels(method, route, str(status)),
        SECONDS.labels(route),
        REFUSALS.labels(reason) if reason else None,
    )


def record(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request.

    Args:
        route: the path template, so that the number of labels stays small.
    """
    requests, durations, refusals = _children(method, route, status)
    requests.inc()
    durations.observe(seconds)
    if refusals is not None:
        refusals.inc()


def exposition(jobs: Iterable[JobCount]) -> bytes:
    """The metrics of this process, or of all workers when they share a directory.

    Args:
        jobs: background jobs as they are in the database now, which all processes share.
    """
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped library
    return generate_latest(registry) + generate_latest(_of_jobs(jobs))


def _of_jobs(jobs: Iterable[JobCount]) -> CollectorRegistry:
    registry = CollectorRegistry()
    text = "Background jobs by kind and state."
    gauge = Gauge("lenticular_jobs", text, ["kind", "state"], registry=registry)
    for item in jobs:
        gauge.labels(item.kind, item.state).set(item.number)
    return registry
