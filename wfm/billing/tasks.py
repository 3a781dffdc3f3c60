"""Background work of billing."""

from __future__ import annotations

from wfm.billing.service import due_statements
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.log import get_logger
from wfm.core.tasks import task

log = get_logger(__name__)


@task("billing.issue_statements", one_at_a_time=True)
def issue_statements() -> None:
    """Issue the statements of closed months, one after the other; what can't be waits for the next round."""
    with transaction() as session:
        due = due_statements.due(session)
    for one in due:
        try:
            with transaction() as session:
                due_statements.issue(session, one)
        except WfmError as error:  # one that can't be made keeps none of the others waiting
            log.warning("statement.failed", month=str(one.month), partner=one.partner, reason=str(error))
