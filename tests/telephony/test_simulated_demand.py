"""When the simulated citizens call: size, weekdays, holidays, changes of the clock, surges, and always the same."""

import hashlib
from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wfm.telephony.rules.simulation.centre import dialled_numbers
from wfm.telephony.rules.simulation.demand import Demand
from wfm.telephony.rules.simulation.scenario import Partner, Scenario, Surge
from wfm.telephony.rules.simulation.truth import Figures, Truth
from wfm.telephony.scenarios import generate, public_holidays, read_scenario, region_hannover

BERLIN = ZoneInfo("Europe/Berlin")
NUMBERS = dict(dialled_numbers(region_hannover()))


def simulated(start, end, seed=7, truth=None):
    return list(generate(start, end, seed, read_scenario(start, end), truth))


def test_an_ordinary_quarter_looks_like_a_service_centre():
    truth = Truth()
    simulated(date(2026, 9, 1), date(2026, 12, 1), truth=truth)
    total = truth.total.figures
    assert 0.65 < total.answered_within / total.offered < 0.85
    assert 0.05 < total.abandoned / total.offered < 0.12
    assert 145 < total.talk_s / total.answered < 200
    assert 0.22 < truth.total.calls / 250_000 < 0.29
    share = {key: sum(u.calls for (_, k), u in truth.partners.items() if k == key) for key in NUMBERS.values()}
    assert max(share, key=share.get) == "03241001"
    assert share["03241005"] > share["03241020"]
    days = defaultdict(Figures)
    for (_, start), figures in truth.intervals.items():
        day = datetime.fromtimestamp(start, BERLIN).date()
        days[day].offered += figures.offered
        days[day].answered_within += figures.answered_within
    weekday = defaultdict(list)
    for day, figures in days.items():
        weekday[day.weekday()].append(figures.offered)
    assert max(weekday, key=lambda d: sum(weekday[d]) / len(weekday[d])) == 0
    assert min(weekday, key=lambda d: sum(weekday[d]) / len(weekday[d])) == 4
    assert min(f.answered_within / f.offered for f in days.values()) < 0.65, "there are bad days"


def test_the_same_seed_gives_the_same_bytes_on_every_python():
    text = "".join(simulated(date(2026, 6, 1), date(2026, 6, 3)))
    assert text == "".join(simulated(date(2026, 6, 1), date(2026, 6, 3)))
    assert text != "".join(simulated(date(2026, 6, 1), date(2026, 6, 3), seed=8))
    # Changes with every deliberate change of the simulator, never with the Python or the machine.
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "e1a8fd9d8f59206e"


def test_a_day_is_the_same_whatever_period_it_is_cut_from():
    week = simulated(date(2026, 12, 28), date(2027, 1, 6))
    assert simulated(date(2027, 1, 4), date(2027, 1, 6))[1:] == week[-2:]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 5, 1), date(2026, 5, 1)),  # no day at all
        (date(2026, 5, 1), date(2026, 5, 4)),  # a holiday and a weekend
        (date(2026, 12, 24), date(2026, 12, 28)),  # Christmas
        (date(2026, 3, 28), date(2026, 3, 30)),  # 23 hours on Sunday
        (date(2026, 10, 24), date(2026, 10, 26)),  # 25 hours on Sunday
    ],
)
def test_closed_days_give_only_marks_at_their_midnights(start, end):
    rows = [line.split("|") for line in "".join(simulated(start, end)).splitlines()]
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    assert [row[4] for row in rows] == ["QUEUESTART", "WFMGENERATED"] + ["WFMGENERATED", "CONFIGRELOAD"] * len(days)
    midnights = [datetime.fromtimestamp(int(row[0]), BERLIN) for row in rows if row[4] == "WFMGENERATED"]
    assert midnights == [datetime(day.year, day.month, day.day, tzinfo=BERLIN) for day in [start, *days]]
    assert {row[5] for row in rows if row[4] == "WFMGENERATED"} == {"wfm simulate seed=7"}


def test_the_days_after_a_change_of_the_clock_open_at_eight():
    for monday in (date(2026, 3, 30), date(2026, 10, 26)):
        rows = [line.split("|") for line in simulated(monday, monday + timedelta(days=1))[1].splitlines()]
        first = datetime.fromtimestamp(min(int(row[0]) for row in rows if row[4] == "DID"), BERLIN)
        assert (first.hour, first.minute < 15) == (8, True)


def test_holidays_and_what_surrounds_them():
    closed = public_holidays(2025, 2027)
    assert date(2026, 10, 31) in closed
    assert date(2026, 5, 14) in closed  # Ascension, a Thursday
    demand = Demand(Scenario(region_hannover()), closed)
    assert demand.expected_calls(date(2026, 5, 14)) == 0
    assert demand.expected_calls(date(2026, 5, 15)) < 0.8 * demand.expected_calls(date(2026, 5, 8))
    assert demand.expected_calls(date(2026, 4, 7)) > 1.1 * demand.expected_calls(date(2026, 4, 14))
    year = sum(demand.expected_calls(date(2026, 1, 1) + timedelta(days=n)) for n in range(365))
    assert 235_000 < year < 250_000, "repeat calls and surges make the rest"


def test_partners_join_and_surges_pass():
    town = Partner("03241003", "Burgdorf", 31051, ("05136",))
    other = Partner("03241019", "Wedemark", 29803, ("05130",))
    surge = Surge(date(2026, 2, 2), 10, "hundesteuer", 2.0, 3, (town.key,))
    scenario = Scenario((town, other), 100_000, joined={other.key: date(2026, 2, 1)}, surges=(surge,), share_115=0)
    truth = Truth()
    text = "".join(generate(date(2026, 1, 5), date(2026, 2, 7), 1, scenario, truth))
    calls = {key: usage.calls for key, usage in truth.partners.items()}
    assert ("2026-01", other.key) not in calls
    assert calls["2026-02", other.key] > 800
    assert calls["2026-02", town.key] > 1.8 * calls["2026-02", other.key]
    assert text.count("|hundesteuer|") > 800
