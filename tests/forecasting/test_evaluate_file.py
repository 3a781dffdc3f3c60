"""`wfm forecast evaluate-file`: files in, a file out; what is wrong is told by row, field and reason."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from wfm.core.errors import BadInput
from wfm.forecasting.file_commands import evaluate_file

MONDAY = datetime(2026, 1, 5)


def intervals(first: datetime, days: int, step: int = 60, opens: int = 8, closes: int = 18) -> list[datetime]:
    """Beginnings of intervals on working days, in opening hours."""
    return [
        moment
        for n in range(days * 1440 // step)
        if (moment := first + timedelta(minutes=n * step)).weekday() < 5 and opens <= moment.hour < closes
    ]


def calls(moments: list[datetime], seed: int = 1) -> list[tuple[datetime, int]]:
    """Counts with a known rate: Mondays half as busy again, mornings busier than afternoons."""
    rng = np.random.default_rng(seed)
    rates = [40 * (1.5 if moment.weekday() == 0 else 1.0) * (1.3 if moment.hour < 12 else 0.8) for moment in moments]
    return [(moment, int(rng.poisson(rate))) for moment, rate in zip(moments, rates, strict=True)]


class Case:
    """Two files and what the command makes of them."""

    def __init__(self, folder: Path) -> None:
        self.history, self.grid, self.out = folder / "H.csv", folder / "G.csv", folder / "F.csv"
        self.asked = intervals(MONDAY + timedelta(days=84), 28)
        self.write_grid([f"{moment:%Y-%m-%dT%H:%M}" for moment in self.asked])
        self.rows = [f"{moment:%Y-%m-%dT%H:%M},{count}" for moment, count in calls(intervals(MONDAY, 84))]
        self.write_history(self.rows)

    def write_history(self, rows: list[str], header: str = "interval_start,calls", encoding: str = "utf-8") -> None:
        self.history.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)

    def write_grid(self, rows: list[str], header: str = "interval_start") -> None:
        self.grid.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")

    def run(self, *more: str) -> Result:
        files = ["--history", str(self.history), "--grid", str(self.grid), "--out", str(self.out)]
        return CliRunner().invoke(evaluate_file, [*files, *more], catch_exceptions=False)

    def forecast(self, *more: str) -> list[dict[str, str]]:
        assert self.run(*more).exit_code == 0
        with self.out.open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def column(self, name: str, *more: str) -> list[float]:
        return [float(row[name]) for row in self.forecast(*more)]

    def error(self) -> BadInput:
        self.out.unlink(missing_ok=True)
        with pytest.raises(BadInput) as caught:
            self.run()
        assert not self.out.exists()
        return caught.value


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_forecast_of_a_plain_history(case: Case) -> None:
    rows = case.forecast()

    assert [row["interval_start"] for row in rows] == [f"{moment:%Y-%m-%dT%H:%M}" for moment in case.asked]
    assert list(rows[0]) == ["interval_start", "yhat", "lo80", "hi80", "lo95", "hi95"]
    for row, moment in zip(rows, case.asked, strict=True):
        low95, low80, mean, high80, high95 = (float(row[name]) for name in ("lo95", "lo80", "yhat", "hi80", "hi95"))
        assert 0 <= low95 <= low80 <= mean <= high80 <= high95
        rate = 40 * (1.5 if moment.weekday() == 0 else 1.0) * (1.3 if moment.hour < 12 else 0.8)
        assert mean == pytest.approx(rate, rel=0.15)


def test_it_says_what_it_chose(case: Case) -> None:
    told = case.run().stderr

    assert "Verfahren: Tagesniveau mal Wochenprofil" in told
    assert "Mittel der letzten 8 gleichen Wochentage" in told
    assert " %" in told


def test_order_of_rows_spelling_and_separators_do_not_matter(case: Case) -> None:
    plain = case.column("yhat")

    case.write_history(case.rows[::-1])
    assert case.column("yhat") == plain
    case.write_history([row.replace(",", ";") + ",0" for row in case.rows], "Interval_Start;CALLS", "utf-8-sig")
    assert case.column("yhat") == plain
    case.write_history([row.replace(",", ":00+01:00,") for row in case.rows])
    assert case.column("yhat") == plain
    case.write_history([row.replace(",", '","').join('""') for row in case.rows], "interval_start,calls\r")
    assert case.column("yhat") == plain


def test_rows_follow_the_grid(case: Case) -> None:
    plain = {row["interval_start"]: row for row in case.forecast()}
    asked = list(plain)[::-1][::3] * 2
    case.write_grid(asked)

    assert [row["interval_start"] for row in case.forecast()] == asked
    assert len(case.forecast()) == len(asked)


@pytest.mark.parametrize("step", [5, 15, 30, 60, 1440])
def test_any_step(case: Case, step: int) -> None:
    opens, closes = (0, 24) if step == 1440 else (8, 18)
    past = calls(intervals(MONDAY, 42, step, opens, closes))
    ahead = intervals(MONDAY + timedelta(days=42), 28, step, opens, closes)
    case.write_history([f"{moment:%Y-%m-%dT%H:%M},{count}" for moment, count in past])
    case.write_grid([f"{moment:%Y-%m-%dT%H:%M}" for moment in ahead])

    assert np.mean(case.column("yhat")) == pytest.approx(np.mean([count for _, count in past]), rel=0.1)


def test_days_alone_are_labels_too(case: Case) -> None:
    case.write_history([f"{MONDAY + timedelta(days=n):%Y-%m-%d},{100 + n % 7}" for n in range(70)])
    case.write_grid([f"{MONDAY + timedelta(days=70 + n):%Y-%m-%d}" for n in range(7)])

    assert case.column("yhat") == pytest.approx([100 + n for n in range(7)], abs=1.5)


def test_hours_that_begin_at_a_quarter_past(case: Case) -> None:
    case.write_history([row.replace(":00,", ":15,") for row in case.rows])
    case.write_grid([f"{moment:%Y-%m-%dT%H}:15" for moment in case.asked])

    assert len(case.forecast()) == len(case.asked)


@pytest.mark.parametrize("days", [1, 2, 3, 8, 15])
def test_short_history(case: Case, days: int) -> None:
    case.write_history([row for row in case.rows if row < f"{MONDAY + timedelta(days=days):%Y-%m-%d}"])
    case.write_grid([f"{moment:%Y-%m-%dT%H:%M}" for moment in intervals(MONDAY + timedelta(days=days), 7)])

    told = case.run().stderr
    means, low, high = case.column("yhat"), case.column("lo80"), case.column("hi80")

    assert "Kurze Vorgeschichte" in told
    assert np.mean(means) == pytest.approx(45, rel=0.4)
    assert all(a < b < c for a, b, c in zip(low, means, high, strict=True))


def test_a_weekday_never_seen_in_a_short_history_is_not_empty(case: Case) -> None:
    case.write_history(case.rows[:10])
    case.write_grid(["2026-01-06T08:00"])

    assert case.column("yhat")[0] > 20


def test_closed_weekdays_and_slots_are_zero_and_told(case: Case) -> None:
    case.write_grid(["2026-04-04T10:00", "2026-04-06T03:00", "2026-04-06T09:00"])

    rows = case.forecast()

    assert [float(row["yhat"]) > 0 for row in rows] == [False, False, True]
    assert [float(rows[0][name]) for name in ("lo80", "hi80", "lo95", "hi95")] == [0, 0, 0, 0]
    assert "nie gab" in case.run().stderr


def test_zeros_only(case: Case) -> None:
    case.write_history([row.rpartition(",")[0] + ",0" for row in case.rows])

    rows = case.forecast()

    assert {float(row["yhat"]) for row in rows} == {0.0}
    assert {float(row["hi95"]) for row in rows} <= {0.0, 1.0}
    assert "Alle Werte sind 0" in case.run().stderr


def test_one_giant_outlier_moves_nothing(case: Case) -> None:
    plain = case.column("yhat")
    for n in (305, len(case.rows) - 4):
        rows = list(case.rows)
        rows[n] = rows[n].rpartition(",")[0] + ",1000000"
        case.write_history(rows)

        assert case.column("yhat") == pytest.approx(plain, rel=0.1)
        assert "Ausreißer (Intervall)" in case.run().stderr


def test_one_giant_day_moves_nothing(case: Case) -> None:
    plain = case.column("yhat")
    case.write_history(
        [
            f"{row.rpartition(',')[0]},{int(row.rpartition(',')[2]) * 9}" if row[:10] == "2026-03-11" else row
            for row in case.rows
        ]
    )

    assert case.column("yhat") == pytest.approx(plain, rel=0.06)
    assert "11.03.2026" in case.run().stderr


def test_a_new_level_is_followed(case: Case) -> None:
    plain = case.column("yhat")
    case.write_history(
        [
            f"{row.rpartition(',')[0]},{int(row.rpartition(',')[2]) * 2}" if row >= "2026-03-09" else row
            for row in case.rows
        ]
    )

    assert np.sum(case.column("yhat")) == pytest.approx(2 * np.sum(plain), rel=0.15)


def test_a_gap_of_weeks_and_empty_cells_are_not_zeros(case: Case) -> None:
    plain = case.column("yhat")
    case.write_history([row for row in case.rows if not "2026-02-02" <= row < "2026-02-23"])
    assert case.column("yhat") == pytest.approx(plain, rel=0.1)
    case.write_history(
        [row.rpartition(",")[0] + "," if row[11:13] == "09" and row[9] == "3" else row for row in case.rows]
    )
    assert case.column("yhat") == pytest.approx(plain, rel=0.1)


def test_a_file_that_leaves_zeros_out(case: Case) -> None:
    rng = np.random.default_rng(3)
    quiet = [(moment, int(rng.poisson(1.0))) for moment in intervals(MONDAY, 84)]
    case.write_history([f"{moment:%Y-%m-%dT%H:%M},{count}" for moment, count in quiet if count])

    assert np.mean(case.column("yhat")) == pytest.approx(1.0, rel=0.15)
    assert "als 0 gelesen" in case.run().stderr


def test_a_file_that_leaves_small_counts_out_is_censored(case: Case) -> None:
    case.write_history([row for row in case.rows if int(row.rpartition(",")[2]) >= 25])

    assert "zensiert" in case.run().stderr


def test_the_double_hour_of_october(case: Case) -> None:
    night = [datetime(2026, 9, 1) + timedelta(hours=n) for n in range(24 * 60)]
    rows = [f"{moment:%Y-%m-%dT%H:%M},20" for moment in night]
    twice = ["2026-10-25T02:00,22"]
    case.write_grid([f"2026-11-0{day}T02:00" for day in range(1, 8)])
    case.write_history(rows + twice)
    assert case.column("yhat")[0] == pytest.approx(20, rel=0.1)

    offsets = [f"{row[:16]}:00+0{2 if row[:13] < '2026-10-25T03' else 1}:00,20" for row in rows]
    case.write_history([*offsets, "2026-10-25T02:00:00+01:00,22"])
    assert case.column("yhat")[0] == pytest.approx(20, rel=0.1)

    case.write_history([*offsets, "2026-10-25T02:00:00+02:00,30"])
    assert "steht schon in Zeile" in case.error().details["errors"][0]


def test_holidays_are_learnt(case: Case) -> None:
    """Good Friday, Easter Monday, Labour Day, Ascension: at each only a tenth of the usual calls came."""
    first = datetime(2025, 1, 6)
    quiet = {"2025-04-18", "2025-04-21", "2025-05-01", "2025-05-29", "2025-06-09", "2025-10-03", "2025-10-31"}
    past = calls(intervals(first, 427))
    case.write_history(
        [
            f"{at:%Y-%m-%dT%H:%M},{n // 10 if f'{at:%Y-%m-%d}' in quiet else n}"
            for at, n in past
            if at < datetime(2026, 3, 9)
        ]
    )
    case.write_grid([f"2026-04-{day:02d}T10:00" for day in (2, 3, 6, 7)])

    thursday, good_friday, easter_monday, tuesday = case.column("yhat", "--holidays", "DE-NI")

    assert good_friday < 0.25 * thursday
    assert easter_monday < 0.35 * tuesday
    assert min(thursday, tuesday) > 40
    unknowing = case.column("yhat")
    assert unknowing[0] == pytest.approx(52, rel=0.15)


@pytest.mark.parametrize("place", ["XX", "DE-XX", "", "Hannover"])
def test_unknown_holidays(case: Case, place: str) -> None:
    with pytest.raises(BadInput) as caught:
        case.run("--holidays", place or "-")
    assert "Feiertage" in caught.value.message


def test_a_broken_last_day_is_not_half_a_day(case: Case) -> None:
    plain = case.column("yhat")
    case.write_history([*case.rows, "2026-03-30T08:00,3"])
    asked = [f"{moment:%Y-%m-%dT%H:%M}" for moment in case.asked]
    case.write_grid(asked[1:])

    assert case.column("yhat") == plain[1:]
    assert "angebrochene" in case.run().stderr


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["2026-01-05T08:00,-3"], "Zeile 2, Feld calls: „-3“ ist negativ"),
        (["2026-01-05T08:00,viele"], "Zeile 2, Feld calls: „viele“ ist keine Zahl"),
        (["2026-01-05T08:00,nan"], "Zeile 2, Feld calls: „nan“ ist keine Zahl"),
        (["2026-01-05T08:00,inf"], "Zeile 2, Feld calls: „inf“ ist keine Zahl"),
        (["2026-01-05T08:00,1.000,5"], None),
        (["gestern,3"], "Zeile 2, Feld interval_start: „gestern“ ist keine Zeit wie 2026-03-30T07:30"),
        ([",3"], "Zeile 2, Feld interval_start: fehlt"),
        (
            ["2026-13-05T08:00,3"],
            "Zeile 2, Feld interval_start: „2026-13-05T08:00“ ist keine Zeit wie 2026-03-30T07:30",
        ),
        (
            ["2026-01-05T08:00,3", "2026-01-05T09:00,3", "2026-01-05T08:00,4"],
            "Zeile 4, Feld interval_start: 2026-01-05T08:00 steht schon in Zeile 2",
        ),
        (
            ["2026-01-05T08:00,3", "2026-01-05T09:00,3", "2026-01-05T10:00,3", "2026-01-05T10:07,4"],
            "Zeile 5, Feld interval_start: 2026-01-05T10:07 ist kein Beginn eines Intervalls von 60 Minuten",
        ),
    ],
)
def test_bad_rows(case: Case, rows: list[str], told: str | None) -> None:
    case.write_history(rows)
    if told:
        assert told in case.error().details["errors"]
    else:
        case.forecast()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "in der Kopfzeile fehlt interval_start und calls"),
        (b"time,calls\n2026-01-05T08:00,3\n", "in der Kopfzeile fehlt interval_start"),
        (b"interval_start,calls\n", "keine einzige Anzahl"),
        (b"interval_start,calls\n2026-01-05T08:00,\n", "keine einzige Anzahl"),
        (b"\xff\xfe\x00garbage", "kein Text in UTF-8"),
        (b"interval_start,calls\n2026-01-05T08:00,1\n2026-01-05T08:07,1\n", "nach 7 Minuten"),
        (b"interval_start,calls\n2026-01-05T08:00,1\n2026-01-12T08:00,1\n", "nach 10080 Minuten"),
        (b"interval_start,calls\n2026-01-05T08:00,1\n2026-01-05T08:01,1\n", "nach 1 Minuten"),
    ],
)
def test_bad_files(case: Case, content: bytes, told: str) -> None:
    case.history.write_bytes(content)

    assert told in case.error().message


def test_the_past_is_not_forecast(case: Case) -> None:
    case.write_grid(["2026-03-27T08:00", "2026-03-30T08:00"])

    error = case.error()

    assert error.details["errors"] == [
        "Zeile 2, Feld interval_start: 2026-03-27T08:00 liegt nicht nach dem Ende der Vorgeschichte (2026-03-27T17:00)"
    ]


def test_a_grid_of_another_step(case: Case) -> None:
    case.write_grid(["2026-03-30T08:00", "2026-03-30T08:30"])

    assert "kein Beginn eines Intervalls" in case.error().details["errors"][0]


def test_many_errors_are_cut(case: Case) -> None:
    case.write_history(["x,1"] * 500)

    errors = case.error().details["errors"]

    assert len(errors) == 21
    assert errors[-1] == "… und 480 weitere"


def test_out_that_cannot_be_written(case: Case) -> None:
    case.out = case.out.parent / "nowhere" / "F.csv"
    with pytest.raises(BadInput, match="lässt sich nicht schreiben"):
        case.run()
