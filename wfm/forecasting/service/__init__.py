"""Use cases of forecasting: runs, their errors, events, layers of people, the rest of today.

Pages and API name what reckons through here (`service.reading`): numpy is imported at the first such request.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wfm.forecasting.service import adjusting as adjusting
    from wfm.forecasting.service import asking as asking
    from wfm.forecasting.service import came as came
    from wfm.forecasting.service import effects as effects
    from wfm.forecasting.service import errors as errors
    from wfm.forecasting.service import intraday as intraday
    from wfm.forecasting.service import newcomers as newcomers
    from wfm.forecasting.service import reading as reading
    from wfm.forecasting.service import runs as runs
else:
    from wfm.core.first_use import modules_of

    __getattr__ = modules_of(__name__)
