"""Files of the directory: what an import would change, and carrying it out as a whole or not at all."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from sqlalchemy.orm import Session

from wfm.core.errors import BadInput, Sentence
from wfm.directory.service.csv_file import read_table
from wfm.directory.service.kinds import aliases, hours, numbers, partners, profiles, queues, services, targets
from wfm.directory.service.plans import Draft, ImportPlan, carry_out, wait_for_others

KINDS: dict[str, ModuleType] = {
    "partners": partners,
    "numbers": numbers,
    "queues": queues,
    "services": services,
    "hours": hours,
    "targets": targets,
    "aliases": aliases,
    "profiles": profiles,
}


def module_of(kind: str) -> ModuleType:
    """The columns and the plan of a kind of file; raises BadInput for one that is not there."""
    module = KINDS.get(kind)
    if module is None:
        raise BadInput(
            "directory.kind",
            Sentence("„%(kind)s“ gibt es nicht; möglich: %(known)s.", kind=kind, known=", ".join(KINDS)),
            field="kind",
        )
    return module


def plan_import(session: Session, kind: str, source: bytes | str) -> ImportPlan:
    """What the file would add and change, and an error for each row that cannot be taken. Writes nothing."""
    module = module_of(kind)
    rows, errors = read_table(source, module.COLUMNS)
    draft = Draft(rows, errors)
    module.plan(session, rows, draft)
    return draft.plan(kind)


def run_import(session: Session, kind: str, source: Path | bytes | str, *, dry_run: bool = False) -> ImportPlan:
    """Import a file, unless a row of it is bad or this is a dry run: then nothing is written.

    `source` is the file or what stands in it. The plan says what was done, or what stands in the way: `plan.errors`.
    Imports wait for each other, so that what one has checked still holds when it writes.
    """
    wait_for_others(session)
    plan = plan_import(session, kind, source.read_bytes() if isinstance(source, Path) else source)
    if not dry_run and not plan.errors:
        carry_out(session, plan)
    return plan
