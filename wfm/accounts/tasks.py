"""Background work on the audit trail."""

from __future__ import annotations

from wfm.accounts import sealing
from wfm.core.db import transaction
from wfm.core.tasks import task


@task("accounts.seal_audit")
def seal_audit() -> None:
    """Seal every day that is over and not sealed yet, usually yesterday."""
    with transaction() as session:
        sealing.seal(session)
