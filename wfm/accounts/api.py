"""The audit trail over the interface: ids and names of fields, for programs that keep watch."""

from __future__ import annotations

from typing import Any

from wfm.accounts.access import requires
from wfm.accounts.queries import audit_page
from wfm.accounts.schemas import ENTRY, EntrySchema, TrailPageArguments, trail_of
from wfm.core.db import transaction
from wfm.core.web import Blueprint, page_body, page_example, page_schema

blp = Blueprint("accounts", __name__, description="Protokoll: wer hat was gesehen oder geändert")


@blp.get("/audit")
@blp.arguments(TrailPageArguments, location="query")
@blp.response(200, page_schema(EntrySchema), example=page_example(ENTRY))
@requires("audit.read")
def audit(arguments: dict[str, Any]) -> dict[str, Any]:
    """Entries of the audit trail, newest first"""
    with transaction() as session:
        found = audit_page(session, trail_of(arguments), cursor=arguments["cursor"], limit=arguments["limit"])
        return page_body(found)
