"""For those who run the system: does it live, is it ready, how is it doing.

`/healthz` and `/readyz` are for everybody and say nothing else. `/metrics` needs a token with `metrics.read`: an
exception for loopback would be one for the whole world behind a reverse proxy on the same machine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from wfm.accounts.access import public, requires
from wfm.core import db, embedded, metrics, revisions
from wfm.core.errors import WfmError
from wfm.core.log import get_logger
from wfm.core.metrics import Gauge

blp = Blueprint("health", __name__)
_current: set[str] = set()
log = get_logger(__name__)

#: What the database knows, one query each.
GAUGES = (
    Gauge(
        "wfm_intake_lag_seconds",
        "Age of the newest event of a source; grows at night too, when nobody calls",
        "SELECT name, extract(epoch FROM now() - watermark) FROM source WHERE watermark IS NOT NULL ORDER BY name",
        label="source",
    ),
    Gauge(
        "wfm_intake_silence_seconds",
        "Time since anything was received from a source",
        "SELECT name, extract(epoch FROM now() - last_received_at) FROM source"
        " WHERE last_received_at IS NOT NULL ORDER BY name",
        label="source",
    ),
    Gauge(
        "wfm_source_in_trouble",
        "1 for a source that cannot be read",
        "SELECT name, (trouble IS NOT NULL)::int FROM source ORDER BY name",
        label="source",
    ),
    Gauge(
        "wfm_streams_unprojected",
        "Streams with raw events that have not become calls",
        "SELECT count(*) FROM stream WHERE projected < position",
    ),
    Gauge(
        "wfm_quarantine_open",
        "Raw events that could not be read and wait for somebody",
        "SELECT count(*) FROM quarantine WHERE state = 'open'",
    ),
    Gauge("wfm_touched_days", "Days whose facts have to be counted anew", "SELECT count(*) FROM touched_day"),
    Gauge("wfm_broken_invariants", "Sums that do not agree", "SELECT count(*) FROM broken_invariant"),
)


@blp.get("/healthz")
@public
def healthz() -> Response:
    """The process lives and answers."""
    return jsonify(status="ok")


@blp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Whether requests would be served: database, broker, and a schema that this version knows."""
    checks = {name: _passes(name, check) for name, check in CHECKS.items()}
    ready = all(checks.values())
    body = {"status": "ok" if ready else "unavailable", "checks": checks}
    return jsonify(body), 200 if ready else 503


@blp.get("/metrics")
@requires("metrics.read")
def show_metrics() -> Response:
    """Figures for Prometheus; those on data are asked for now."""
    with db.engine().connect() as connection:

        def rows_of(sql: str) -> Iterable[Sequence[object]]:
            return connection.execute(text(sql))

        return Response(metrics.scrape(GAUGES, rows_of), content_type="text/plain; version=0.0.4; charset=utf-8")


def _database_answers() -> bool:
    with db.engine().connect() as connection:
        return connection.scalar(text("SELECT 1")) == 1


def _schema_is_current() -> bool:
    """Asked until it is so: a schema does not grow old under a running process."""
    url = embedded.database_url()
    if url not in _current and revisions.is_newest(db.engine()):
        _current.add(url)
    return url in _current


def _broker_answers() -> bool:
    import redis

    url = embedded.redis_url()
    with contextlib.closing(redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)) as client:
        return bool(client.ping())


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database_answers,
    "migrations": _schema_is_current,
    "broker": _broker_answers,
}


def _passes(name: str, check: Callable[[], bool]) -> bool:
    import redis

    try:
        return check()
    except (SQLAlchemyError, redis.RedisError, OSError, WfmError) as error:
        log.warning("health.check_failed", check=name, reason=f"{type(error).__name__}: {error}")
        return False
