"""What the pages of usage show, made of the reports: key figures, tables with links, charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from wfm.core.intervals import Days, Month
from wfm.reporting.formats import columns as c
from wfm.reporting.formats.layout import NOBODY
from wfm.reporting.formats.queues_and_usage import METHODS
from wfm.reporting.models import ReportFile
from wfm.reporting.rules.figures import Row
from wfm.reporting.rules.waits import share
from wfm.reporting.usage_year import of_partner
from wfm.web import charts, language
from wfm.web.figures import calls_url, change, link, table_columns, table_row, written
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.usage_charts import share_pairs

#: Columns of the month's table: calls, then stays, times, service levels.
_MAIN = (
    *c.by_name("anrufe", "anrufe_angenommen", "anrufe_abgewiesen", "angeboten", "angenommen", "aufgelegt"),
    c.OTHERWISE,
    *c.by_name("mittlere_wartezeit_s", "gespraech_s", "mittlere_bearbeitungszeit_s"),
)
_COMPARED = ("calls", "calls_answered", "calls_refused", "offered", "answered", "abandoned", "talk_s")
_COLUMN_OF = dict(
    zip(
        _COMPARED,
        c.by_name(
            "anrufe", "anrufe_angenommen", "anrufe_abgewiesen", "angeboten", "angenommen", "aufgelegt", "gespraech_s"
        ),
        strict=True,
    )
)
MONTH_NAMES = (
    *(N_("Jan"), N_("Feb"), N_("Mär"), N_("Apr"), N_("Mai"), N_("Jun")),
    *(N_("Jul"), N_("Aug"), N_("Sep"), N_("Okt"), N_("Nov"), N_("Dez")),
)
Table = dict[str, Any]


def neighbours(
    months: Mapping[Month, Mapping[str, Row]], month: Month, key: str | None
) -> tuple[Row | None, Row | None]:
    """The sums of the month before and of the same month a year before, of a partner or of everything."""
    found = [months.get(month.earlier(back)) for back in (1, 12)]
    before, year_before = (None if rows is None else of_partner(rows, key) for rows in found)
    return before, year_before


def key_figures(
    row: Row, report: Row, before: tuple[Row | None, Row | None], days: Days, *, partner: str = ""
) -> list[Table]:
    """The figures on top, each with its definition, and calls beside those of the month before."""
    cell = {"partner": partner} if partner else {}
    levels = list(c.named_levels(report["definitions"]))
    shown: list[Table] = []
    for column in (*c.by_name("anrufe", "mittlere_wartezeit_s", "gespraech_s", "mittlere_bearbeitungszeit_s"), *levels):
        shown.append({"label": _(column.title), "value": written(column, row), "definition": _(column.meaning)})
    compared = change(row["calls"], before[0]["calls"] if before[0] else None)
    shown[0] |= {
        "url": calls_url(days, **cell) if row["calls"] else "",
        "note": _("zum Vormonat: %(change)s", change=compared) if compared else "",
    }
    answered = {
        "label": _("Anrufe angenommen"),
        "value": language.percent(share(row["calls_answered"], row["calls"])),
        "definition": _("Anteil der Anrufe, die mindestens einmal jemand annahm."),
        "formula": _("Anrufe angenommen / Anrufe"),
        "note": _("%(count)s Anrufe", count=language.number(row["calls_answered"])),
        "url": calls_url(days, **cell, result="answered") if row["calls_answered"] else "",
    }
    return [shown[0], answered, *shown[1:]]


def month_table(report: Row, days: Days) -> Table:
    """All partners, what is nobody's, and the total."""
    columns = (c.NAME, *_MAIN, *c.named_levels(report["definitions"]))
    rows = []
    for row in report["rows"]:
        cells = table_row(columns, row, days, partner=row["partner"])
        address = url_for("usage.partner", key=row["partner"], month=report["month"])
        rows.append(cells | {"name": link(row["name"], address)})
    nobody = report["unattributed"] | {"name": _(NOBODY)}
    rows.append(table_row(columns, nobody, days, partner="none"))
    total = report["total"] | {"name": _("Gesamt")}
    return {
        "columns": table_columns(columns, report["definition"]["seconds"]),
        "rows": rows,
        "total": table_row(columns, total, days),
    }


def comparison(report: Row, months: Mapping[Month, Mapping[str, Row]], month: Month) -> Table:
    """Calls of each partner beside the month before and the same month a year before."""
    places = [(row["name"], row["partner"], row) for row in report["rows"]]
    places += [(_(NOBODY), "", report["unattributed"]), (_("Gesamt"), None, report["total"])]
    rows = []
    for name, key, row in places:
        before = neighbours(months, month, key)
        rows.append({"name": name, "now": language.number(row["calls"]), **_beside(row["calls"], before, "calls")})
    return {"columns": _comparison_columns(_("Partner"), _("Anrufe"), month), "rows": rows[:-1], "total": rows[-1]}


def changes(row: Row, before: tuple[Row | None, Row | None]) -> list[Table]:
    """The figures of one partner beside those of the month before and a year before."""
    return [
        {
            "name": _(column.title),
            "now": written(column, row),
            **_beside(row[name], before, name, duration=name.endswith("_s")),
        }
        for name, column in _COLUMN_OF.items()
    ]


def _beside(now: int, before: tuple[Row | None, Row | None], name: str, *, duration: bool = False) -> Table:
    show = language.duration if duration else language.number
    cells: Table = {}
    for key, sums in zip(("before", "year_before"), before, strict=True):
        cells[key] = None if sums is None else show(sums[name])
        cells[f"{key}_change"] = None if sums is None else change(now, sums[name], show)
    return cells


def comparison_columns(month: Month) -> list[Table]:
    return _comparison_columns(_("Kennzahl"), language.month(month), month)


def _comparison_columns(first: str, now: str, month: Month) -> list[Table]:
    titles = [
        ("now", now),
        ("before", language.month(month.earlier(1))),
        ("before_change", _("Unterschied zum Vormonat")),
        ("year_before", language.month(month.earlier(12))),
        ("year_before_change", _("Unterschied zum Vorjahr")),
    ]
    return [{"key": "name", "title": first}, *({"key": key, "title": title, "numeric": True} for key, title in titles)]


def shares(report: Row, inhabitants: Mapping[str, int]) -> Table:
    """Who uses how much: each partner's share of the attributed calls, beside its share of the inhabitants."""
    calls = sum(row["calls"] for row in report["rows"])
    people = sum(inhabitants.values())
    rows = sorted(report["rows"], key=lambda row: -row["calls"])
    parts = [
        (
            row["name"],
            share(row["calls"], calls),
            share(inhabitants[row["partner"]], people) if row["partner"] in inhabitants else None,
        )
        for row in rows
    ]
    table = [
        {
            "name": name,
            "calls": language.percent(of_calls),
            "people": None if of_people is None else language.percent(of_people),
            "thousand": language.number(1000 * row["calls"] / inhabitants[row["partner"]], 1)
            if inhabitants.get(row["partner"])
            else None,
        }
        for (name, of_calls, of_people), row in zip(parts, rows, strict=True)
    ]
    names = (_("Anteil an den Anrufen"), _("Anteil an den Einwohnern"))
    return {"svg": share_pairs(_("Anteile je Partner"), names, parts, language.percent), "rows": table}


def attribution(methods: Mapping[str, Row], days: Days, *, partner: str = "") -> Table:
    """By what the partner was recognised, and how certain that is."""
    cell = {"partner": partner} if partner else {}
    ordered = sorted(methods.items(), key=lambda item: -item[1]["calls"])
    rows = [
        {
            "method": _(METHODS[method][0]),
            "trust": _(METHODS[method][1]),
            "calls": link(language.number(found["calls"]), calls_url(days, **cell, method=method)),
            "share": language.percent(found["share"]),
        }
        for method, found in ordered
    ]
    bars = [(_(METHODS[method][0]), found["share"]) for method, found in ordered]
    return {"svg": charts.share_bars(_("Zuordnung der Anrufe"), bars, language.percent), "rows": rows}


def likely(report: Row, days: Days) -> list[Table]:
    """Calls that are nobody's, by the partner whose area code they came from."""
    return [
        {
            "name": row["name"],
            "calls": link(language.number(row["calls"]), calls_url(days, partner="none", likely=row["partner"])),
            "talk": language.duration(row["talk_s"]),
        }
        for row in report["unattributed"]["likely"]
    ]


def services(row: Row, report: Row, days: Days) -> Table:
    """One partner's figures by service."""
    name = c.SERVICE_NAME
    columns = (name, *_MAIN, *c.named_levels(report["definitions"]))
    rows = [
        table_row(
            columns,
            {**found, "service_name": _(found["name"])},
            days,
            partner=row["partner"],
            service=found["service"] or "none",
        )
        for found in row["by_service"]
    ]
    total = table_row(columns, {**row, "service_name": _("Gesamt")}, days, partner=row["partner"])
    return {"columns": table_columns(columns, report["definition"]["seconds"]), "rows": rows, "total": total}


def trend(months: Mapping[Month, Mapping[str, Row]], last: Month, key: str) -> Table:
    """Calls of the twelve months up to `last`, beside the same months a year before."""
    shown = [last.earlier(back) for back in range(11, -1, -1)]
    now, before = (
        [None if (sums := months.get(month.earlier(back))) is None else sums[key]["calls"] for month in shown]
        for back in (0, 12)
    )
    labels = [f"{_(MONTH_NAMES[month.number - 1])} {month.year % 100:02d}" for month in shown]
    svg = charts.month_bars(
        _("Anrufe der letzten zwölf Monate"),
        labels,
        [charts.Series(_("Anrufe"), now)],
        language.number,
        before=charts.Series(_("ein Jahr davor"), before) if any(value is not None for value in before) else None,
    )
    rows = [
        {
            "month": link(language.month(month), url_for("usage.partner", key=key, month=str(month))),
            "calls": None if value is None else link(language.number(value), calls_url(month.days, partner=key)),
            "before": None if earlier is None else language.number(earlier),
            "change": change(value, earlier),
        }
        for month, value, earlier in zip(shown, now, before, strict=True)
    ]
    return {"svg": svg, "rows": rows}


def together(report: Row, row: Row) -> Table | None:
    """This partner beside all partners together, in total and by service, as far as that may be shown."""
    shared = report["together"]
    if shared is None:
        return None
    names = {found["service"]: found["name"] for found in row["by_service"]}
    listed = [(found, _(names[found["service"]])) for found in shared["by_service"] if found["service"] in names]
    own = {found["service"]: found for found in row["by_service"]}
    rows = [_side_by_side(_("alle Leistungen"), row, shared)]
    rows += [_side_by_side(name, own[found["service"]], found) for found, name in listed]
    return {
        "rows": rows if len(listed) > 1 else rows[:1],
        "hidden": any(found["calls"] is None for found, _name in listed),
    }


def files(made: Sequence[ReportFile]) -> list[Table]:
    """Monthly files, a row a month, with what they say of themselves."""
    months: dict[Any, Table] = {}
    for file in made:
        row = months.setdefault(file.month, {"month": file.month, "files": [], "state": None})
        if file.made_at is not None:
            row["files"].append((file.format.upper(), url_for("usage.file", file_id=file.id)))
            row |= {
                "made_at": file.made_at,
                "state": file.state,
                "complete": file.complete,
                "gaps": file.gaps,
                "generated": file.generated,
            }
    return list(months.values())


def _side_by_side(name: str, own: Row, shared: Row) -> Table:
    def rate(row: Row) -> str | None:
        return None if row["calls"] is None else language.percent(share(row["calls_answered"], row["calls"]))

    def talk(row: Row) -> str | None:
        return language.duration(row["talk_s"] / row["calls_answered"]) if row["calls_answered"] else None

    return {
        "name": name,
        "own": language.number(own["calls"]),
        "all": None if shared["calls"] is None else language.number(shared["calls"]),
        "own_rate": rate(own),
        "all_rate": rate(shared),
        "own_talk": talk(own),
        "all_talk": talk(shared),
    }
