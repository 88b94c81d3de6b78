"""What supervisors ask, without a session: alive, ready, and measures in the text format of Prometheus.

`/metrics` answers this machine, or whoever shows the token of CARE_METRICS_TOKEN_FILE. Labels are endpoints, states and
classes of answers: no person, no establishment, no address.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import time
from importlib.metadata import version

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from care.services.readiness import Measures, measures, readiness
from care.services.said_in_logs import FIELDS, REQUESTS
from care.web.people import open_to_all, platform

log = logging.getLogger(REQUESTS)

pages = Blueprint("health", __name__)
BOUNDS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; 0.3 is what 95 % of pages keep under load."""
_SEEN = "care.measures"


class Seen:
    """What this process has answered since it started."""

    def __init__(self) -> None:
        """With a registry of its own: each application counts for itself."""
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "care_http_answers", "Answers by endpoint and class", ("endpoint", "class"), registry=self.registry
        )
        self.seconds = Histogram(
            "care_http_seconds", "Seconds to answer, by endpoint", ("endpoint",), buckets=BOUNDS, registry=self.registry
        )


def init_measures(app: Flask) -> None:
    """Count and time every answer but those of files and of these pages."""
    seen = app.extensions[_SEEN] = Seen()

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def count(answer: Response) -> Response:
        endpoint = request.endpoint or "none"
        if endpoint != "static" and request.blueprint != pages.name:
            took = time.perf_counter() - g.get("begun", time.perf_counter())
            seen.answers.labels(endpoint, f"{answer.status_code // 100}xx").inc()
            seen.seconds.labels(endpoint).observe(took)
            _log(endpoint, answer.status_code, took)
        return answer


def _log(endpoint: str, status: int, took: float) -> None:
    """A line a request: its endpoint, since an address may hold a key, or words that somebody sought."""
    fields = {"endpoint": endpoint, "method": request.method, "status": status, "ms": round(took * 1000)}
    log.info("%s %s %d", request.method, endpoint, status, extra={FIELDS: fields})


@pages.get("/health/live")
@open_to_all
def live() -> ResponseReturnValue:
    """This process answers; nothing else is asked."""
    return {"status": "ok"}


@pages.get("/health/ready")
@open_to_all
def ready() -> ResponseReturnValue:
    """People can be sent here; 503 with the parts that do not hold."""
    found = readiness(platform())
    return {"status": "ok" if found.ready else "refused", **found.parts}, 200 if found.ready else 503


@pages.get("/metrics")
@open_to_all
def show() -> ResponseReturnValue:
    """The measures."""
    if not _may_read():
        abort(404)
    text = generate_latest(current_app.extensions[_SEEN].registry) + generate_latest(_counted(measures(platform())))
    return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read() -> bool:
    """Whoever shows the token; without one, this machine, unless a proxy would make everybody look like it."""
    settings = platform().settings
    if settings.metrics_token_file is not None:
        expected = settings.metrics_token_file.read_text("ascii", "ignore").strip()
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        return bool(expected) and hmac.compare_digest(shown.encode(), expected.encode())
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not forwarded and request.remote_addr is not None and ipaddress.ip_address(request.remote_addr).is_loopback


def _counted(found: Measures) -> CollectorRegistry:
    registry = CollectorRegistry()
    jobs = Gauge("care_jobs", "Jobs by state", ("state",), registry=registry)
    for state, count in found.jobs.items():
        jobs.labels(state.value).set(count)
    for name, what, value in (
        ("care_job_oldest_wait_seconds", "Seconds since the oldest waiting job was due", found.oldest_wait),
        ("care_mails_waiting", "Messages that wait for the relay", found.mails_waiting),
        ("care_disk_free_bytes", "Free bytes where the data lie", found.disk_free),
    ):
        Gauge(name, what, registry=registry).set(value)
    Gauge("care_build_info", "The program", ("version",), registry=registry).labels(version("care-resilience")).set(1)
    return registry
