"""Background work of staffing."""

from __future__ import annotations

from wfm.core.db import transaction
from wfm.core.tasks import task
from wfm.staffing.service.simulating import run_one


@task("staffing.simulate")
def simulate() -> None:
    """Simulate the days of plans that wait, each in a transaction of its own."""
    while True:
        with transaction() as session:
            if not run_one(session):
                return
