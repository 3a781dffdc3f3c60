"""Use cases of the directory: base data, imports, look-up tables for the call projection."""

from wfm.directory.queries import (
    agent_names,
    attribution_tables,
    calendar,
    partner_names,
    pending_changes,
    queue_labels,
    targets_on,
    wrapup_seconds,
)
from wfm.directory.service.base_data import load_base_data
from wfm.directory.service.entries import correct, enter, find_entry, try_hours, withdraw
from wfm.directory.service.importing import plan_import, run_import
from wfm.directory.service.mappings import changes_done, ensure_queues, target_on
from wfm.directory.service.plans import ImportPlan, Touched
from wfm.directory.service.uploads import find_upload, keep_upload, take_upload

__all__ = [
    "ImportPlan",
    "Touched",
    "agent_names",
    "attribution_tables",
    "calendar",
    "changes_done",
    "correct",
    "ensure_queues",
    "enter",
    "find_entry",
    "find_upload",
    "keep_upload",
    "load_base_data",
    "partner_names",
    "pending_changes",
    "plan_import",
    "queue_labels",
    "run_import",
    "take_upload",
    "target_on",
    "targets_on",
    "try_hours",
    "withdraw",
    "wrapup_seconds",
]
