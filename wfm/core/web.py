"""What every answer has: an id, safe headers, an ETag, a line in the log, a place in the figures."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import flask_smorest
import marshmallow as ma
import structlog
from flask import Flask, Response, g, request
from flask_smorest.utils import prepare_response
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import NotFound
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from wfm.core import fields, metrics, paging, problems
from wfm.core.config import settings
from wfm.core.log import get_logger

MAX_BODY = 5 * 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
#: What any route may answer, and what a route with a body may answer besides.
_FOR_ALL, _FOR_BODIES = (401, 403, 404, 429, 503), (400, 413, 415)
_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

_WHEN_AGAIN: dict[str, Any] = {
    "Retry-After": {
        "description": "Seconds until the next request is let in",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "RateLimit": {
        "description": 'Which limit counts, requests left (`r`), seconds until all are (`t`): `"token";r=0;t=17`',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'Requests (`q`) in a window of seconds (`w`): `"token";q=600;w=60`',
        "schema": {"type": "string"},
    },
}

log = get_logger(__name__)


class Route(Rule):
    """A route that learns to build its address when it first has to, instead of at each start of all."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled: Callable[..., tuple[str, str]] | None = None

        def build(route: Route, /, **values: Any) -> tuple[str, str]:
            nonlocal compiled
            compiled = compiled or Rule._compile_builder(route, append_unknown)
            return compiled(route, **values)

        return build


class _Arguments(FlaskParser):
    """Leaves it to the schema what becomes of unknown fields, also in the query."""

    DEFAULT_UNKNOWN_BY_LOCATION = {}


class Blueprint(flask_smorest.Blueprint):
    """Routes of one package, with what all of them have in common in the document."""

    ARGUMENTS_PARSER = _Arguments()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_document_what_all_share)

    def register_views_in_doc(self, api: Api, *args: Any, **kwargs: Any) -> None:
        """When the document is asked for: no start has to wait for it."""
        api.to_describe.append(partial(super().register_views_in_doc, api, *args, **kwargs))


def _document_what_all_share(doc: dict[str, Any], _info: object, *, method: str, **_: object) -> dict[str, Any]:
    responses = doc.setdefault("responses", {})
    for status in (304, *_FOR_ALL) if method == "get" else (*_FOR_ALL, *_FOR_BODIES):
        responses.setdefault(str(status), HTTPStatus(status).name)
    return doc


class Api(flask_smorest.Api):
    """flask-smorest's document and arguments; errors are ours (its handler would take those of pages too)."""

    ERROR_SCHEMA = problems.ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        self.to_describe: list[Callable[[], None]] = []
        self._describing = Lock()
        super().__init__(app)
        app.extensions["openapi"] = self.document

    def document(self) -> dict[str, Any]:
        """The interface in OpenAPI. Routes are described when it is first asked for."""
        with self._describing:
            while self.to_describe:
                self.to_describe.pop(0)()
            return self.spec.to_dict()

    def _register_error_handlers(self) -> None:
        problems.register(self._app)

    def _register_responses(self) -> None:
        for status in (304, 422, *_FOR_ALL, *_FOR_BODIES):
            response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
            if status >= 400:
                response["schema"] = self.ERROR_SCHEMA
            if status == 429:
                response["headers"] = _WHEN_AGAIN
            prepare_response(response, self.spec, problems.CONTENT_TYPE)
            self.spec.components.response(HTTPStatus(status).name, response, lazy=True)


class PageArguments(fields.Schema):
    """How a long list is asked for."""

    limit = fields.Whole(
        at_least=1, at_most=paging.MAX_LIMIT, load_default=paging.DEFAULT_LIMIT, metadata={"description": "Rows a page"}
    )
    cursor = fields.Line(
        max_length=1000, load_default=None, metadata={"description": "From `next` of the page before; opaque"}
    )


def page_schema(item: type[fields.Schema]) -> type[ma.Schema]:
    """The shape of one page of a list."""
    members: dict[str, ma.fields.Field[Any]] = {
        "items": fields.ListOf(fields.Part(item), required=True),
        "next": fields.Text(allow_none=True, required=True, metadata={"description": "Address of the next page"}),
    }
    return fields.Schema.from_dict(members, name=f"{item.__name__.removesuffix('Schema')}PageSchema")


def page_example(item: dict[str, Any]) -> dict[str, Any]:
    """One page of a list, as the document shows it."""
    return {"items": [item], "next": None}


def page_body(page: paging.Page[Any]) -> dict[str, Any]:
    """A page as the answer has it: rows, and the address of the next page or null."""
    following = None
    if page.next is not None:
        following = f"{request.path}?{urlencode([*_kept_arguments(), ('cursor', page.next)])}"
    return {"items": page.items, "next": following}


def _kept_arguments() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]


def prepare(app: Flask) -> None:
    """Give every answer of the application what all answers have. Comes before the first route."""
    app.url_rule_class = Route
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    if proxies := settings().proxies:
        # Who asks, and whether over TLS, is what our own proxies say, and nobody else.
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies, proxies)  # type: ignore[method-assign]
    app.before_request(_begin)
    app.after_request(_let_clients_keep)
    app.after_request(_protect)
    app.after_request(_end)


def _begin() -> Response | None:
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    # One that could break lines or fill a disk is not taken over.
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if "\0" in request.path:
        raise NotFound  # PostgreSQL knows no NUL: nothing can have such a name
    hosts = settings().hosts
    if hosts and request.host.partition(":")[0].lower() not in hosts and request.path not in problems.PROBES:
        # Addresses that we tell others (where the sign-in service sends people back to) are made of this name.
        return Response("Unter diesem Namen gibt es hier nichts.\n", 421, content_type="text/plain; charset=utf-8")
    return None


def _let_clients_keep(response: Response) -> Response:
    """A strong ETag of the body: who has it already gets 304 and no body. Shared caches must keep nothing."""
    if not request.path.startswith(problems.API):
        return response
    response.vary.update(("Authorization", "Cookie"))
    if request.method in ("GET", "HEAD") and response.status_code == 200 and not response.is_streamed:
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if not response.get_etag()[0]:
            response.add_etag()
        response.make_conditional(request)
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _NOTHING)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", settings().hsts)
    return response


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    seconds = time.perf_counter() - g.began
    route = str(request.url_rule) if request.url_rule else "unknown"
    metrics.count_request(request.method, route, response.status_code, seconds)
    log.info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
    return response
