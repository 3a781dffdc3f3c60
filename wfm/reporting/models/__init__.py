"""Facts, the state of months, and invariants that were found broken.

Only sums are stored. Columns of the ledger *by entry* count a stay where it entered; those that end in `_here_s` are
true to interval.
"""

from wfm.reporting.models.agents import AgentHistory, FactAgentCalls, FactAgentTime, GroupMonth, KeptWrapup
from wfm.reporting.models.facts import FactDay, FactInterval, FactMonth, FactMonthPartner, UsageCorrection
from wfm.reporting.models.months import (
    BrokenInvariant,
    MonthOverride,
    MonthState,
    ReportFile,
    in_closed_month,
    in_final_month,
)

__all__ = [
    "AgentHistory",
    "BrokenInvariant",
    "FactAgentCalls",
    "FactAgentTime",
    "FactDay",
    "FactInterval",
    "FactMonth",
    "FactMonthPartner",
    "GroupMonth",
    "KeptWrapup",
    "MonthOverride",
    "MonthState",
    "ReportFile",
    "UsageCorrection",
    "in_closed_month",
    "in_final_month",
]
