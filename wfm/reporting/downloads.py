"""A report as an answer of the interface: JSON, or a file to keep, made by the same writers as on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Response, jsonify

from wfm.core.web import Blueprint
from wfm.reporting.formats import MEDIA_TYPES, render

View = TypeVar("View", bound=Callable[..., Any])


def answer(report: Mapping[str, Any], form: str, name: str) -> Response:
    """The report as `json`, `csv` or `xlsx`; a file is called `name`, of plain ASCII without an ending."""
    return jsonify(report) if form == "json" else download(render(report, form), form, name)


def download(content: bytes, form: str, name: str) -> Response:
    """A file that browsers save under its name."""
    response = Response(content, content_type=MEDIA_TYPES[form])
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{form}")
    return response


def also_as(blp: Blueprint, form: str, example: bytes | None = None) -> Callable[[View], View]:
    """Document that a route answers in another format, too. A spreadsheet has no example: it is not text."""
    media_type, _, _ = MEDIA_TYPES[form].partition(";")
    schema = {"type": "string"} if example else {"type": "string", "format": "binary"}
    text = example.decode("utf-8-sig") if example else None
    mark: Callable[[View], View] = blp.response(200, schema, content_type=media_type, example=text)
    return mark
