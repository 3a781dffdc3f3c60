"""Documents and hand-over as the interface shows them and takes them in."""

from __future__ import annotations

from typing import Any

from wfm.billing.rules.export_layout import FIELDS
from wfm.core import fields
from wfm.core.web import PageArguments

KINDS = ("statement", "advance", "invoice", "correction")


def _text(**more: Any) -> fields.Text:
    return fields.Text(**{"required": True, **more})


class DocumentArguments(PageArguments):
    partner = fields.Line(max_length=20, load_default=None)
    year = fields.Whole(at_least=2000, at_most=2100, load_default=None, metadata={"description": "Of issue"})
    kind = fields.Text(choices=KINDS, load_default=None)
    void = fields.Text(choices=("yes", "no"), load_default=None)


class DocumentSchema(fields.Schema):
    """A numbered paper."""

    id = fields.Whole(required=True)
    number = _text(metadata={"example": "SC-2027-0012"})
    kind = _text(choices=KINDS)
    partner = _text()
    first_day = fields.Day(data_key="from", required=True)
    end = fields.Day(data_key="to", required=True, metadata={"description": "Exclusive"})
    settlement = fields.Whole(required=True, allow_none=True)
    corrects = fields.Whole(required=True, allow_none=True)
    treatment = _text(allow_none=True, choices=("not_taxable", "exempt", "taxed"))
    cents = fields.Whole(required=True)
    issued_on = fields.Day(required=True)
    sha256 = _text(allow_none=True, metadata={"description": "Of the PDF"})
    void_reason = _text(allow_none=True)


class DocumentWithContentSchema(DocumentSchema):
    """The same with all that its files are made of."""

    content = fields.Object(required=True)


class FileArguments(fields.Schema):
    form = fields.Text(data_key="format", choices=("pdf", "xml"), load_default="pdf")


class StatementsSchema(fields.Schema):
    """Which statements are wanted."""

    month = fields.MonthField(required=True)
    partner = fields.Line(max_length=20, load_default=None, metadata={"description": "All with an agreement"})


class HandOverSchema(fields.Schema):
    layout = fields.Line(max_length=100, load_default="standard")


class ExportRunSchema(fields.Schema):
    """What was handed over, once."""

    id = fields.Whole(required=True)
    layout = _text()
    documents = fields.Whole(required=True)
    total_cents = fields.Whole(required=True)
    file_name = _text()
    sha256 = _text()
    made_at = fields.Instant(required=True)


class ExportFileArguments(fields.Schema):
    form = fields.Text(data_key="format", choices=("csv", "sha256"), load_default="csv")


class LayoutSchema(fields.Schema):
    """How a bookkeeping system wants its file; docs/invoices.md has the fields."""

    name = fields.Line(max_length=100, required=True)
    layout = fields.Object(required=True, metadata={"description": f"Fields of columns: {', '.join(FIELDS)}"})
