"""`wfm settle compute`: a case as a file in, shares and their derivation out, for anyone who wants to check a bill."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import marshmallow as ma

from wfm.billing.rules.case import Case
from wfm.billing.rules.shares import as_document, covers
from wfm.billing.rules.variants import settle
from wfm.billing.schemas import CaseSchema
from wfm.core.errors import BadInput
from wfm.core.strict_json import strict_json


@click.command()
@click.option(
    "--case",
    "case_file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    required=True,
    help="The case, as JSON: docs/settlement.md; - is standard input.",
)
@click.option("--output", required=True, help="JSON file; - is standard output.")
def compute(case_file: Path, output: str) -> None:
    """Share the cost of a period among the partners by a variant, to the cent, and tell how each cent came about.

    No database. The same case gives the same file. A case with anything wrong in it is refused whole.
    """
    shares = settle(read_case(_document(case_file)))
    coverage = covers(shares)
    if coverage.shortfall_cents:
        click.echo(coverage.text, err=True)
    try:
        with click.open_file(output, "w", encoding="utf-8") as file:
            file.write(json.dumps(as_document(shares), ensure_ascii=False, indent=2) + "\n")
    except OSError as problem:
        raise BadInput("settlement.output", f"{output}: lässt sich nicht schreiben ({problem.strerror}).") from None


def read_case(document: Any) -> Case:
    """The case that a JSON document tells. Raises BadInput("settlement.case") with all that is wrong in it."""
    try:
        case: Case = CaseSchema().load(document)
    except ma.ValidationError as error:
        errors = list(_told(error.normalized_messages(), document))
        raise BadInput("settlement.case", "Der Fall ist so nicht zu rechnen.", errors=errors) from None
    return case


def _told(messages: Any, value: Any, path: str = "") -> Iterator[str]:
    """`partners[2] (03241009).calls: Hier wird eine ganze Zahl erwartet.`"""
    if not isinstance(messages, Mapping):
        yield from (f"{path or 'Fall'}: {message}" for message in messages)
        return
    for name, inner in messages.items():
        if name == "_schema":
            yield from _told(inner, value, path)
        elif isinstance(name, int):
            at = value[name]
            partner = f" ({at['partner']})" if isinstance(at, dict) and isinstance(at.get("partner"), str) else ""
            yield from _told(inner, at, f"{path}[{name}]{partner}")
        else:
            at = value.get(name) if isinstance(value, dict) else None
            yield from _told(inner, at, f"{path}.{name}" if path else str(name))


def _document(path: Path) -> Any:
    try:
        with click.open_file(str(path), encoding="utf-8-sig") as file:
            return strict_json(file.read(), fractions=Decimal)
    except (ValueError, RecursionError) as error:
        name = "Standardeingabe" if str(path) == "-" else path.name
        raise BadInput("settlement.json", f"{name} ist kein lesbares JSON: {error}") from error
