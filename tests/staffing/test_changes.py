"""What-if: changed factors and hours, by hand."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.core.errors import BadInput
from wfm.staffing.rules.changes import Changes, Joining
from wfm.staffing.rules.other_hours import in_other_hours

NAN = math.nan
#: 07:00 to 12:00 by the hour; nobody was open at 07:00 and 11:00.
STARTS = [420, 480, 540, 600, 660]
DAY = np.array([[NAN, 10.0, 20.0, 30.0, NAN]])


@pytest.mark.parametrize(
    ("opens", "closes", "follows", "expected"),
    [
        (480, 660, 1.0, [NAN, 10, 20, 30, NAN]),  # as it was
        (540, 660, 1.0, [NAN, NAN, 24, 36, NAN]),  # the ten of 08:00 come later, 20 : 30
        (540, 660, 0.0, [NAN, NAN, 20, 30, NAN]),  # or not at all
        (540, 660, 0.5, [NAN, NAN, 22, 33, NAN]),
        (420, 660, 1.0, [60 / 7, 60 / 7, 120 / 7, 180 / 7, NAN]),  # 10 more at 07:00, then 70 scaled to 60
        (0, 420, 1.0, [NAN] * 5),  # a day without any hour that is known
    ],
)
def test_calls_in_other_hours(opens, closes, follows, expected):
    assert in_other_hours(DAY, STARTS, opens, closes, follows)[0] == pytest.approx(expected, nan_ok=True)
    assert DAY[0, 1] == 10, "what was forecast is left as it was"


def test_a_closed_day_stays_closed():
    assert np.isnan(in_other_hours(np.full((1, 5), NAN), STARTS, 420, 720, 1.0)).all()


@given(
    st.lists(st.floats(0, 500), min_size=5, max_size=5),
    st.sampled_from(STARTS[:-1]),
    st.sampled_from([540, 600, 660, 720]),
)
def test_all_calls_come_if_all_follow(calls, opens, closes):
    changed = in_other_hours(np.array([calls]), STARTS, opens, max(closes, opens + 60), 1.0)
    inside = [c for c, s in zip(calls, STARTS, strict=True) if opens <= s < max(closes, opens + 60)]
    if sum(inside):
        assert np.nansum(changed) == pytest.approx(sum(calls))


def test_changes_are_kept_as_what_differs():
    changes = Changes(volume=1.1, target="115", joining=(Joining("03241003", date(2027, 3, 1)),))
    assert changes.data() == {
        "volume": 1.1,
        "target": "115",
        "joining": [{"partner": "03241003", "first_day": "2027-03-01"}],
    }
    assert Changes.read(changes.data()) == changes
    assert Changes().data() == {}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"volume": 0}, "volume"),
        ({"volume": float("nan")}, "volume"),
        ({"handling_time": 11}, "handling_time"),
        ({"confidence": 1}, "confidence"),
        ({"confidence": 0.4}, "confidence"),
        ({"model": "B"}, "model"),
        ({"patience_s": 0}, "patience_s"),
        ({"follows": 1.1}, "follows"),
        ({"opens": 480}, "closes"),
        ({"closes": 480}, "opens"),
        ({"opens": 600, "closes": 600}, "closes"),
        ({"opens": 600, "closes": 1441}, "closes"),
        ({"volumes": 1}, "volumes"),
    ],
)
def test_changes_that_cannot_be(data, field):
    with pytest.raises(BadInput) as caught:
        Changes.read(data)
    assert caught.value.details["field"] == field
