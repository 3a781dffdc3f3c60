"""Errors over the interface: problem+json (RFC 9457) with a stable `code`, a German `detail` and the fields at fault.

Outside /api/ people get a page, made by whoever registers itself as `problem_page`; without one, a short text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import marshmallow as ma
from flask import Flask, Response, current_app, g, json, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from werkzeug.exceptions import HTTPException

from wfm.core import fields
from wfm.core.errors import WfmError
from wfm.core.log import get_logger

CONTENT_TYPE = "application/problem+json"
API = "/api/"
#: Not under /api/, and yet for programs: they are told in plain text.
PROBES = ("/healthz", "/readyz", "/metrics")

#: status -> code, detail
WORDS: Mapping[int, tuple[str, str]] = {
    400: ("request.malformed", "Die Anfrage ist nicht lesbar."),
    401: ("access.not_signed_in", "Dafür ist ein Zugangsschlüssel nötig."),
    403: ("access.denied", "Diesem Zugang fehlt die Berechtigung."),
    404: ("address.unknown", "Diese Adresse gibt es nicht."),
    405: ("method.not_allowed", "Diese Adresse kennt diese Methode nicht."),
    406: ("format.not_offered", "In diesem Format gibt es das nicht."),
    409: ("conflict", "Das widerspricht dem, was schon da ist."),
    413: ("request.too_large", "Die Anfrage ist zu groß."),
    414: ("address.too_long", "Die Adresse ist zu lang."),
    415: ("request.content_type", "Dieser Inhaltstyp wird hier nicht angenommen."),
    422: ("request.invalid", "Die Angaben sind nicht gültig."),
    429: ("request.too_many", "Zu viele Anfragen: bitte später noch einmal."),
    431: ("request.headers_too_large", "Die Kopfzeilen der Anfrage sind zu groß."),
    500: ("internal", "Hier ist etwas schiefgegangen. Die Kennung der Anfrage hilft beim Suchen."),
    503: ("servers.away", "Die Datenbank antwortet gerade nicht: bitte gleich noch einmal."),
}

log = get_logger(__name__)


class ErrorSchema(fields.Schema):
    """What is wrong with one field."""

    field = fields.Text(required=True, metadata={"example": "month"})
    location = fields.Text(data_key="in", metadata={"example": "query"})
    message = fields.Text(required=True, metadata={"example": "Hier wird ein Monat erwartet (JJJJ-MM)."})


class ProblemSchema(fields.Schema):
    """An error (RFC 9457). `code` is stable and for programs, `detail` is for people."""

    type = fields.Text(required=True, metadata={"example": "about:blank"})
    title = fields.Text(required=True, metadata={"example": "Unprocessable Content"})
    status = fields.Whole(required=True, metadata={"example": 422})
    code = fields.Text(required=True, metadata={"example": "request.invalid"})
    detail = fields.Text(required=True, metadata={"example": "Die Angaben sind nicht gültig."})
    request_id = fields.Text(metadata={"example": "5f0c2e7a9b1d4c38"})
    errors = fields.ListOf(fields.Part(ErrorSchema))
    details = ma.fields.Dict(metadata={"description": "Values that explain the error, for programs."})


def register(app: Flask) -> None:
    """Every error of the application ends in one of these."""
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(WfmError, _from_trade)
    for away in (OperationalError, InterfaceError, NoConnectionLeft):
        app.register_error_handler(away, _from_database)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that tells of an error: a page for people, where there are pages."""
    if not request.path.startswith(API):
        show = current_app.extensions.get("problem_page")
        if show and request.path not in PROBES:
            page: Response = show(status, code, detail, errors, headers or {})
            return page
        return Response(f"{detail}\n", status, headers, content_type="text/plain; charset=utf-8")
    body: dict[str, Any] = {"type": "about:blank", "title": _title(status), "status": status, "code": code}
    body["detail"] = detail
    if request_id := g.get("request_id"):
        body["request_id"] = request_id
    if errors:
        body["errors"] = list(errors)
    if details:
        body["details"] = details
    return Response(json.dumps(body, default=str), status, headers, content_type=CONTENT_TYPE)


def _from_http(error: HTTPException) -> Response | HTTPException:
    """What Flask, werkzeug and the parser of arguments raise; Flask has logged what nobody caught."""
    status = error.code or 500
    if status < 400:
        return error  # a redirect is no problem
    code, detail = WORDS.get(status, (f"http.{status}", error.name))
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    messages = getattr(error, "data", {}).get("messages", {})
    return problem(status, code, detail, errors=list(_errors(messages)), headers=headers)


def _from_trade(error: WfmError) -> Response:
    """What services and rules raise."""
    details = dict(error.details)
    errors = details.pop("errors", [])
    if field := details.pop("field", None):
        errors = [{"field": field, "message": error.message}, *errors]
    if error.http_status >= 500:
        log.warning("request.refused", code=error.code, reason=error.message)
    headers = {"WWW-Authenticate": 'Bearer realm="wfm"'} if error.http_status == 401 else {}
    errors = [entry if isinstance(entry, Mapping) else {"field": "", "message": str(entry)} for entry in errors]
    return problem(error.http_status, error.code, error.message, errors=errors, details=details, headers=headers)


def _from_database(error: Exception) -> Response:
    """The database is away or overburdened: nothing the caller did is wrong, and trying again is right."""
    log.error("database.away", exc_info=error)
    return problem(503, *WORDS[503], headers={"Retry-After": "5"})


def _errors(messages: Any, *path: str) -> Iterator[dict[str, str]]:
    """marshmallow's nested messages as a flat list: where, which field, what is wrong."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _errors(inner, *path, str(name))
    else:
        where, *field = path or ("",)
        for message in messages if isinstance(messages, list) else [messages]:
            yield {"in": where, "field": ".".join(field), "message": str(message)}


def _title(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
