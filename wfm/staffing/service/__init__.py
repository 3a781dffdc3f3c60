"""Use cases of planning: assumptions, requirement, plans, capacity, simulation.

Pages and API name what reckons through here (`service.figures`): numpy is imported at the first such request.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wfm.staffing.service import capacity as capacity
    from wfm.staffing.service import figures as figures
    from wfm.staffing.service import group_why as group_why
    from wfm.staffing.service import scenarios as scenarios
    from wfm.staffing.service import simulating as simulating
    from wfm.staffing.service import why as why
else:
    from wfm.core.first_use import modules_of

    __getattr__ = modules_of(__name__)
