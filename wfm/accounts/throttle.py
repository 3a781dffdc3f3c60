"""Too many requests are refused: counted per token, session or address in Valkey, by the limits of `rules.requests`.

Where Valkey is away nothing is counted and everybody is let in: figures must not stand still, and events must not be
lost, for want of a counter. What guessing needs is closed then all the same: signing in (see `service.sign_in`).
"""

from __future__ import annotations

import time

from flask import Flask, Response, g, request

from wfm.accounts.rules import Viewer
from wfm.accounts.rules.requests import WINDOW_S, limit_for
from wfm.accounts.service.tokens import digest
from wfm.core import counting
from wfm.core.config import settings
from wfm.core.errors import WfmError
from wfm.core.log import get_logger

#: Files of pages, which browsers keep for a year, and what asks whether the servers live.
UNCOUNTED = ("/static/", "/healthz", "/readyz")
#: After Valkey could not be had, nobody waits for it again before so many seconds are over.
ASK_AGAIN_AFTER_S = 5
_away_until = 0.0

log = get_logger(__name__)


class TooManyRequests(WfmError):
    """More requests than one key, session or address may send: wait."""

    http_status = 429


def count_request(viewer: Viewer | None, permission: str | None, secret: str | None) -> None:
    """Count this request for whoever asks, by their token's or session's secret, else by their address.

    Raises TooManyRequests. Called once a request.
    """
    global _away_until
    if request.path.startswith(UNCOUNTED) or time.monotonic() < _away_until:
        return
    from redis import RedisError

    limit = limit_for(viewer, permission)
    whose = digest(secret).hex() if viewer is not None and secret else request.remote_addr
    most = limit.most * settings().requests_factor
    try:
        g.requests = counting.count(f"requests/{limit.name}/{whose}", most, WINDOW_S)
    except RedisError as error:
        _away_until = time.monotonic() + ASK_AGAIN_AFTER_S
        log.warning("requests.not_counted", reason=type(error).__name__)
        return
    g.requests_limit = limit.name
    if g.requests.too_many:
        message = "Zu viele Anfragen: bitte später noch einmal."
        raise TooManyRequests("request.too_many", message, limit=limit.name, most=most, window_s=WINDOW_S)


def prepare(app: Flask) -> None:
    """Let every counted answer say how much is left."""

    @app.after_request
    def tell(response: Response) -> Response:
        counted: counting.Count | None = g.get("requests")
        if counted is not None:
            left = max(0, counted.most - counted.number)
            response.headers["RateLimit-Policy"] = f'"{g.requests_limit}";q={counted.most};w={WINDOW_S}'
            response.headers["RateLimit"] = f'"{g.requests_limit}";r={left};t={counted.ends_in_s}'
            if counted.too_many:
                response.headers["Retry-After"] = str(counted.ends_in_s)
        return response
