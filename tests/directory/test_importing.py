"""Importing files: everything or nothing, each bad row with its reason, the same file twice changes nothing."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wfm.core.db import Base
from wfm.core.errors import BadInput
from wfm.directory import models, service
from wfm.directory.queries.listings import LISTS
from wfm.directory.rules.calendar import periods_text

NUMBERS = """number,partner,valid_from,valid_to
0511 168-0,03241001,2026-01-01,
+49 5136 000010,03241003,2026-01-01,2026-06-30
495110009999,REGION,2026-01-01,
"""
EXAMPLES = {
    kind: files("wfm.directory").joinpath("data", "examples", f"{kind}.csv").read_bytes()
    for kind in ("numbers", "queues", "services", "hours", "aliases")
}


def everything(session: Session) -> dict[str, int]:
    """How many rows each table of the directory has."""
    session.flush()
    tables = [m.local_table for m in Base.registry.mappers if m.class_.__module__ == models.__name__]
    return {table.name: session.scalar(select(func.count()).select_from(table)) for table in tables}


def taken(session: Session, kind: str, source: str | bytes) -> service.ImportPlan:
    plan = service.run_import(session, kind, source)
    assert plan.errors == ()
    return plan


def counts(plan: service.ImportPlan) -> tuple[int, int, int, int]:
    return len(plan.added), len(plan.changed), plan.unchanged, len(plan.errors)


def touched(plan: service.ImportPlan) -> set[tuple[str, str, str]]:
    return {(t.kind, t.key, str(t.since)) for t in plan.touched}


def test_numbers_answer_for_their_days(session: Session) -> None:
    plan = taken(session, "numbers", NUMBERS)
    assert counts(plan) == (3, 0, 0, 0)
    assert plan.added[1].what == "495136000010 Burgdorf, 2026-01-01 bis 2026-06-30"
    tables = service.attribution_tables(session)
    assert tables.partner_of_number("495111680", date(2026, 1, 1)) == "03241001"
    assert tables.partner_of_number("495111680", date(2025, 12, 31)) is None
    assert tables.partner_of_number("495136000010", date(2026, 6, 30)) == "03241003"
    assert tables.partner_of_number("495136000010", date(2026, 7, 1)) is None
    assert tables.partner_of_number("495110009999", date(2030, 1, 1)) == "REGION"
    assert tables.is_shared_number("115")
    assert not tables.is_shared_number("495111680")
    assert [(c.kind, c.key, c.since, c.done) for c in service.pending_changes(session)] == [
        ("number", "495111680", date(2026, 1, 1), False),
        ("number", "495136000010", date(2026, 1, 1), False),
        ("number", "495110009999", date(2026, 1, 1), False),
    ]
    service.changes_done(session, service.pending_changes(session))
    assert not service.pending_changes(session)


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_examples_fit_and_the_second_time_changes_nothing(session: Session, kind: str) -> None:
    if kind == "hours":
        taken(session, "queues", EXAMPLES["queues"])
    plan = taken(session, kind, EXAMPLES[kind])
    assert plan.added
    assert not plan.changed
    before = everything(session)
    again = taken(session, kind, EXAMPLES[kind])
    rows = len([line for line in EXAMPLES[kind].decode().splitlines() if line]) - 1
    assert counts(again) == (0, 0, rows, 0)
    assert again.touched == ()
    assert everything(session) == before


@pytest.mark.parametrize("kind", [*sorted(EXAMPLES), "partners"])
def test_dry_run_writes_nothing(session: Session, kind: str) -> None:
    if kind == "hours":
        taken(session, "queues", EXAMPLES["queues"])
    source = EXAMPLES.get(kind, b"key,name,kind\n03255003,Bodenwerder,Stadt\n")
    before = everything(session)
    plan = service.run_import(session, kind, source, dry_run=True)
    assert plan.added
    assert everything(session) == before
    assert not session.new
    assert not session.dirty


@pytest.mark.parametrize("kind", list(LISTS))
def test_a_list_can_be_imported_again(session: Session, kind: str) -> None:
    for name in ("queues", "numbers", "services", "hours", "aliases"):
        taken(session, name, EXAMPLES[name])
    taken(
        session,
        "partners",
        "key,name,kind,inhabitants,as_of,basis,status,valid_from,valid_to\n"
        "03241003,Burgdorf,Stadt,31500,2022-12-31,Zensus 2011,pilot,2022-01-01,2025-12-31\n"
        "03241003,Burgdorf,Stadt,,,,full,2026-01-01,\n",
    )
    columns, rows = LISTS[kind](session)
    listed = "\n".join(";".join(f'"{str(cell).replace(chr(34), chr(34) * 2)}"' for cell in r) for r in [columns, *rows])
    assert counts(taken(session, kind, listed)) == (0, 0, len(rows), 0)


def test_a_number_moves(session: Session) -> None:
    taken(session, "numbers", NUMBERS)
    plan = taken(session, "numbers", "number,partner,valid_from,valid_to\n05111680,REGION,01.09.2026,\n")
    assert counts(plan) == (1, 1, 0, 0)
    assert plan.changed[0].what == "495111680 Hannover, ab 2026-01-01 → 2026-01-01 bis 2026-08-31"
    assert touched(plan) == {("number", "495111680", "2026-09-01")}
    tables = service.attribution_tables(session)
    assert tables.partner_of_number("495111680", date(2026, 8, 31)) == "03241001"
    assert tables.partner_of_number("495111680", date(2026, 9, 1)) == "REGION"


def test_a_number_is_corrected_and_ranges_trade_places(session: Session) -> None:
    head = "number,partner,valid_from,valid_to\n"
    taken(session, "numbers", head + "115,03241001,2026-01-01,2026-03-31\n115,03241003,2026-04-01,\n")
    assert not service.attribution_tables(session).is_shared_number("115")
    plan = taken(session, "numbers", head + "115,03241001,2026-01-01,2026-05-31\n115,03241003,2026-06-01,\n")
    assert [change.what for change in plan.changed] == [
        "115 Hannover, 2026-01-01 bis 2026-03-31 → 2026-01-01 bis 2026-05-31",
        "115 Burgdorf, ab 2026-04-01 → ab 2026-06-01",
    ]
    assert touched(plan) == {("number", "115", "2026-04-01")}
    plan = taken(session, "numbers", head + "115,03241010,2026-01-01,2026-03-31\n")
    assert touched(plan) == {("number", "115", "2026-01-01")}
    assert service.attribution_tables(session).partner_of_number("115", date(2026, 4, 1)) is None


def test_the_regions_own_file_with_ags(session: Session) -> None:
    plan = taken(
        session,
        "partners",
        "ags,name,kind,inhabitants,inhabitants_as_of,area_codes,source\n"
        "03241003,Burgdorf,Stadt,31051,2024-12-31,05136;05085,eine andere Quelle\n"
        "03241012,Neustadt am Rübenberge,Stadt,44700,2025-12-31,05032;05034;05036;05072;05073;05074,GV100AD\n",
    )
    assert [change.what for change in plan.added] == ["Neustadt am Rübenberge 44700 Einwohner am 2025-12-31"]
    assert [change.what for change in plan.changed] == [
        "Burgdorf 31051 Einwohner am 2024-12-31 Zensus 2022: andere Quelle"
    ]
    tables = service.attribution_tables(session)
    assert tables.likely_partner("05074") is None  # the star stays


def test_area_codes_come_and_go(session: Session) -> None:
    plan = taken(session, "partners", 'key,name,kind,area_codes\n03241003,Burgdorf,Stadt,"05136*;05999"\n')
    assert touched(plan) == {("area_code", code, "1970-01-01") for code in ("05136", "05999", "05085")}
    tables = service.attribution_tables(session)
    assert tables.likely_partner("05999") == "03241003"
    assert "05085" not in tables.area_codes


def test_queue_partners_labels_and_wrapup(session: Session) -> None:
    service.ensure_queues(session, ["burgdorf"])
    plan = taken(session, "queues", EXAMPLES["queues"])
    assert [change.what for change in plan.changed] == [
        "Warteschlange burgdorf: jetzt beschrieben, Bezeichnung „burgdorf“ → „Burgdorf“, Nachbearbeitung None s → 20 s"
    ]
    assert ("queue", "burgdorf", "1970-01-01") in touched(plan)
    assert service.wrapup_seconds(session)["burgdorf"] == 20
    assert service.queue_labels(session)["burgdorf"] == "Burgdorf"
    tables = service.attribution_tables(session)
    assert tables.partner_of_queue("burgdorf", date(2026, 6, 9)) == "03241003"
    assert tables.partner_of_queue("standesamt", date(2026, 6, 9)) is None
    # a file without the column leaves it as it is, an empty cell empties it
    taken(session, "queues", "queue\nburgdorf\n")
    assert service.wrapup_seconds(session)["burgdorf"] == 20
    taken(session, "queues", "queue,wrapup_s\nburgdorf,\n")
    assert "burgdorf" not in service.wrapup_seconds(session)


def test_tags_stand_for_services(session: Session) -> None:
    taken(session, "services", EXAMPLES["services"])
    tables = service.attribution_tables(session)
    assert tables.service_of_tag("standesamt.eheschliessung") == "99059001104000"
    assert tables.service_of_tag("99059001104000") == "99059001104000"
    assert tables.service_of_tag("99000000000000") is None
    # a tag passes from one to another in one file, whichever row comes first
    plan = taken(
        session,
        "services",
        "leika_key,name_de,tag\n"
        "99085001012000,Reisepass beantragen,standesamt.eheschliessung\n"
        "99059001104000,Anmeldung der Eheschließung,trauung\n",
    )
    assert touched(plan) == {("tag", tag, "1970-01-01") for tag in ("standesamt.eheschliessung", "trauung")}
    assert service.attribution_tables(session).service_of_tag("trauung") == "99059001104000"


def test_hours_of_week_and_special_days(session: Session) -> None:
    taken(session, "queues", EXAMPLES["queues"])
    taken(session, "hours", EXAMPLES["hours"])
    taken(
        session,
        "hours",
        "queue;day;weekday;opens;closes;name;valid_from\n"
        ";;Fr;8:00;12:00;;2026-07-01\n"
        ";;Fr;12:00;14:00;;2026-07-01\n"
        "burgdorf;2026-12-24;;9:00;12:00;Notdienst;\n",
    )
    calendar = service.calendar(session)

    def hours(day: date, queue: str | None = None) -> str:
        return periods_text(calendar.on(day, queue).periods)

    assert hours(date(2026, 6, 26)) == "08:00-18:00"
    assert hours(date(2026, 7, 3)) == "08:00-14:00"  # periods that touch are one
    assert hours(date(2026, 6, 8), "standesamt") == "08:00-12:00 14:00-17:00"
    assert hours(date(2026, 6, 10), "standesamt") == "geschlossen"
    assert hours(date(2026, 12, 24)) == "geschlossen"
    assert hours(date(2026, 12, 24), "burgdorf") == "09:00-12:00"


def test_names_of_agents(session: Session) -> None:
    taken(session, "aliases", "alias,agent,valid_from,valid_to\n1013,Kern,2026-01-01,\n")
    taken(session, "aliases", "system,alias,agent,valid_from,valid_to\nmain,1013,Özdemir,2026-05-01,\n")
    names = service.agent_names(session)
    assert names.on(("main", "1013"), date(2026, 4, 30)) == "Kern"
    assert names.on(("main", "1013"), date(2026, 5, 1)) == "Özdemir"
    assert names.on(("zweite Anlage", "1013"), date(2026, 5, 1)) is None


@pytest.mark.parametrize(
    "source",
    [
        NUMBERS.encode("utf-8-sig"),
        NUMBERS.replace(",", ";").replace("\n", "\r\n").encode("cp1252"),
        NUMBERS.replace("\n", "\r"),
        NUMBERS.replace("number,partner", "Number , PARTNER"),
        "partner;number;valid_from;;\n03241001;0511 168-0;1.1.2026;;\n03241003;495136000010;01.01.2026;;\n;;;;\n",
        "\ufeff" + NUMBERS,
        'number,partner,valid_from,valid_to\n"+49 511\n168-0",03241001,2026-01-01,\n',
    ],
)
def test_files_as_people_send_them(session: Session, source: str | bytes) -> None:
    taken(session, "numbers", source)
    assert service.attribution_tables(session).partner_of_number("495111680", date(2026, 2, 1)) == "03241001"


def test_windows_letters(session: Session) -> None:
    taken(session, "queues", "queue;label\r\nbürger;Bürgerbüro – Straße\r\n".encode("cp1252"))
    assert service.queue_labels(session)["bürger"] == "Bürgerbüro – Straße"


def test_unknown_kind(session: Session) -> None:
    with pytest.raises(BadInput, match="partners, numbers"):
        service.run_import(session, "people", "")


def test_from_a_file(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(NUMBERS)
    assert len(service.run_import(session, "numbers", file).added) == 3


def test_the_database_itself_refuses_two_partners_on_a_day(session: Session) -> None:
    taken(session, "numbers", NUMBERS)
    with pytest.raises(IntegrityError, match="dialled_number_one_a_day_excl"):
        session.execute(
            text("INSERT INTO dialled_number (number, partner, valid) VALUES ('495111680', 'REGION', '[2026-08-01,)')")
        )
