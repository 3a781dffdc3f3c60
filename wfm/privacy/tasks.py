"""Background work of privacy."""

from __future__ import annotations

from wfm.core.errors import Conflict
from wfm.core.tasks import task
from wfm.privacy.service import retaining


@task("privacy.redact")
def redact() -> None:
    """Take out callers' numbers whose time is over."""
    retaining.redact_numbers()


@task("privacy.retain")
def retain() -> None:
    """Take away what is over in every class of data; while another run is going on, that one does."""
    try:
        retaining.retain(by="worker")
    except Conflict:
        return
