"""Capacity over months, reckoned by hand."""

from datetime import date
from fractions import Fraction

from wfm.staffing.rules.capacity import WEEKS_A_MONTH, MonthDemand, Terms, capacity, months_before

HOURS_A_POST = 39 * WEEKS_A_MONTH  # 169.57 paid hours a month
TERMS = Terms(Fraction(39), 4_210, 4, Fraction(12, 100))


def demand(*posts):
    """Months from January 2027 that need so many posts."""
    return [MonthDemand(date(2027, 1 + n, 1), p * HOURS_A_POST, TERMS) for n, p in enumerate(posts)]


def test_posts_needed_there_and_missing():
    months = capacity(demand(20, 20, 22, 21, 23), Fraction(20))
    assert [month.posts_needed for month in months] == [20, 20, 22, 21, 23]
    assert [round(float(month.posts_there), 4) for month in months] == [20, 19.8, 19.602, 19.406, 19.2119]  # - 1 %
    assert [round(float(month.missing), 3) for month in months] == [0, 0.2, 2.398, 1.594, 3.788]
    assert [month.decide_by for month in months] == [
        None,
        date(2026, 10, 1),
        date(2026, 11, 1),
        None,  # 1.6 are missing, but 2.4 were hired for March
        date(2027, 1, 1),
    ]


def test_cost_is_paid_hours_times_rate_half_up():
    month = capacity([MonthDemand(date(2027, 1, 1), Fraction(1001, 1000), TERMS)], None)[0]
    assert month.cents == 4_214  # 1.001 x 4210 = 4214.21
    assert month.posts_there is month.missing is month.decide_by is None
    half = capacity([MonthDemand(date(2027, 1, 1), Fraction(1, 2), Terms(Fraction(39), 3, 0, Fraction(0)))], None)
    assert half[0].cents == 2  # 1.5


def test_months_before():
    assert months_before(date(2027, 1, 1), 0) == date(2027, 1, 1)
    assert months_before(date(2027, 1, 1), 1) == date(2026, 12, 1)
    assert months_before(date(2027, 3, 1), 15) == date(2025, 12, 1)
