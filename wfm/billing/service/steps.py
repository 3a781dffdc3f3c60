"""The steps of a settlement that need no reason, as pages, interface and command line take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.billing.models import Settlement
from wfm.billing.rules.states import Step
from wfm.billing.service import issuing, settling

#: An objection, its decision and a reversal have a reason. Sending issues the documents, both or neither.
STEPS: Mapping[Step, Callable[[Session, Viewer, int], Settlement]] = {
    Step.CHECK: settling.check,
    Step.RELEASE: settling.release,
    Step.SEND: issuing.issue_and_send,
    Step.FINISH: settling.finish,
    Step.WITHDRAW: settling.withdraw,
}
