"""Files that cannot be imported: each bad row is named with its reason, and nothing is written."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.errors import BadInput
from wfm.directory import service
from wfm.directory.service.plans import carry_out


def fingerprint(session: Session) -> str:
    """What all tables of the directory hold that an import may write."""
    session.flush()
    tables = (
        "partner partner_inhabitants partner_membership area_code queue queue_partner dialled_number service"
        " opening_hours special_day agent_alias mapping_change"
    )
    rows = " UNION ALL ".join(f"SELECT '{table}' || t::text FROM {table} t" for table in tables.split())
    return session.scalar(text(f"SELECT md5(string_agg(r, ';' ORDER BY r)) FROM ({rows}) AS rows(r)"))


@pytest.mark.parametrize(
    ("kind", "row", "field", "reason"),
    [
        ("numbers", "0511168,03241099,2026-01-01,", "partner", "Partner „03241099“ ist nicht bekannt"),
        ("numbers", "0511168,3241001,2026-01-01,", "partner", "führende Null"),
        ("numbers", "0511168,Burgdorf,2026-01-01,", "partner", "Partner „BURGDORF“ ist nicht bekannt"),
        ("numbers", "anonymous,03241001,2026-01-01,", "number", "keine Rufnummer"),
        ("numbers", ",03241001,2026-01-01,", "number", "fehlt"),
        ("numbers", "0511168,03241001,,", "valid_from", "fehlt"),
        ("numbers", "0511168,03241001,2026-13-01,", "valid_from", "kein Datum"),
        ("numbers", "0511168,03241001,2026-01-02,2026-01-01", "valid_to", "liegt vor dem ersten"),
        ("numbers", "0511168,03241001,2026-01-01,,zu viel", "", "hat 5 Zellen"),
        ("numbers", "0511 1680,03241001,2026-01-01,", "", "doppelt, wie Zeile 2"),
        ("numbers", "05111680,03241003,2026-01-01,", "valid_from", "überschneidet sich mit 495111680 Hannover"),
        ("numbers", "05111680,03241003,2026-05-01,", "valid_from", "ab 2026-01-01 (Zeile 2)"),
        ("partners", "0324100,X,Stadt,,,,", "key", "kein AGS"),
        ("partners", "REGIONX,X,Stadt,,,,", "key", "braucht ihren AGS"),
        ("partners", "03241003,X,Region,,,,", "key", "braucht ihren AGS"),
        ("partners", "03241003,X,Dorf,,,,", "kind", "ist unbekannt"),
        ("partners", "03241003,X,Stadt,31051,,,", "as_of", "brauchen einen Stichtag"),
        ("partners", "03241003,X,Stadt,viele,2024-12-31,,", "inhabitants", "keine ganze Zahl"),
        ("partners", "REGION,Region Hannover,region,5,2024-12-31,,", "inhabitants", "keine eigenen"),
        ("partners", "03241003,X,Stadt,,,pilot,", "valid_from", "fehlt"),
        ("partners", "03241003,X,Stadt,,,,2026-01-01", "status", "fehlt, obwohl"),
        ("partners", "03241001,Anders,Stadt,,,,", "name", "widerspricht Zeile 2"),
        ("queues", "q,Label,9999,,", "wrapup_s", "keine ganze Zahl von 0 bis 3600"),
        ("queues", "q,Label,,03241099,2026-01-01", "partner", "nicht bekannt"),
        ("queues", "q,Label,,03241003,", "valid_from", "fehlt"),
        ("queues", "q,Label,,,2026-01-01", "partner", "fehlt, obwohl"),
        ("queues", "alte,Anders,15,03241003,2026-01-01", "label", "widerspricht Zeile 2"),
        ("services", "9905900110400,Ehe,,", "leika_key", "14 Ziffern"),
        ("services", "99059001104000,,,", "name", "fehlt"),
        ("services", "99059001104000,Ehe,erster,", "rank", "keine ganze Zahl"),
        ("services", "99059001104000,Ehe,,99059001104000", "tag", "nicht wie ein LeiKa-Schlüssel"),
        ("services", "99115005104000,Wohnung,,", "leika_key", "kommt schon in Zeile 2 vor"),
        ("services", "99059001104000,Ehe,,wohnsitz", "tag", "steht schon für 99115005104000"),
        ("hours", "nirgends,Di,,08:00,12:00,,2026-01-01", "queue", "Warteschlange „nirgends“ ist nicht bekannt"),
        ("hours", ",,,08:00,12:00,,2026-01-01", "weekday", "entweder weekday oder day"),
        ("hours", ",Di,2026-12-24,08:00,12:00,,2026-01-01", "weekday", "entweder weekday oder day"),
        ("hours", ",Di,,08:00,,,2026-01-01", "closes", "fehlt"),
        ("hours", ",Di,,12:00,08:00,,2026-01-01", "closes", "liegt nicht nach"),
        ("hours", ",Di,,8 Uhr,12:00,,2026-01-01", "opens", "keine Uhrzeit"),
        ("hours", ",Di,,08:00,12:00,,", "valid_from", "fehlt"),
        ("hours", ",Di,,08:00,12:00,Markt,2026-01-01", "name", "gilt nur für besondere Tage"),
        ("hours", ",Mo,,17:00,19:00,,2026-01-01", "opens", "überschneiden sich"),
        ("hours", ",Mo,,,,,2026-01-01", "opens", "geschlossen"),
        ("hours", ",Mo,,08:00,12:00,,2026-02-01", "valid_from", "überschneidet sich"),
        ("hours", ",,2026-12-24,,,Heiligabend,2026-01-01", "valid_from", "gilt nicht für besondere Tage"),
        ("aliases", "1013,,2026-01-01", "agent", "fehlt"),
        ("aliases", "1001,Kern,2026-02-01", "valid_from", "überschneidet sich"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(
    session: Session, kind: str, row: str, field: str, reason: str
) -> None:
    good = {
        "numbers": "number,partner,valid_from,valid_to\n0511168-0,03241001,2026-01-01,",
        "partners": "key,name,kind,inhabitants,as_of,status,valid_from\n03241001,Stadt Hannover,Stadt,,,,",
        "queues": "queue,label,wrapup_s,partner,valid_from\nalte,Alte,15,03241003,2022-01-01",
        "services": "leika_key,name,rank,tag\n99115005104000,Wohnsitz,1,wohnsitz",
        "hours": "queue,weekday,day,opens,closes,name,valid_from\n,Mo,,08:00,18:00,,2026-01-01",
        "aliases": "alias,agent,valid_from\n1001,Berg,2026-01-01",
    }[kind]
    before = fingerprint(session)
    plan = service.run_import(session, kind, f"{good}\n{row}\n")
    assert [(error.line, error.field) for error in plan.errors] == [(3, field)]
    assert reason in plan.errors[0].reason
    assert fingerprint(session) == before
    with pytest.raises(BadInput, match="Nichts übernommen"):
        carry_out(session, plan)


def test_every_bad_row_has_one_error(session: Session) -> None:
    plan = service.run_import(
        session,
        "numbers",
        "number,partner,valid_from,valid_to\nx,y,z,\n0511168,03241001,2026-01-01,\n\nx,03241001,heute,gestern\n,,,\n"
        "0511168,03241003,2026-02-01,\n",
    )
    assert [(error.line, error.field) for error in plan.errors] == [(2, "number"), (5, "number"), (7, "valid_from")]


def test_in_the_way_of_what_is_known(session: Session) -> None:
    head = "number,partner,valid_from,valid_to\n"
    service.run_import(session, "numbers", head + "0511168,03241001,2026-06-01,2026-12-31\n")
    way = "49511168 Hannover, 2026-06-01 bis 2026-12-31 (schon eingetragen)"
    for row in ("0511168,03241003,2026-09-01,\n", "0511168,03241003,2026-01-01,\n"):
        plan = service.run_import(session, "numbers", head + row)
        assert [str(error) for error in plan.errors] == [f"Zeile 2, valid_from: überschneidet sich mit {way}"]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("", "Zeile 1, number: die Spalte fehlt (möglich: number,partner,valid_from,valid_to)"),
        ("number,valid_from\n", "Zeile 1, partner: die Spalte fehlt (möglich: number,partner,valid_from,valid_to)"),
        ("nummer,partner\n", "Zeile 1, nummer: unbekannte Spalte (möglich: number,partner,valid_from,valid_to)"),
        ("number,Number\n", "Zeile 1, Number: die Spalte kommt zweimal vor"),
        ('number,partner,valid_from\n1,"x\n', "Zeile 2: Anführungszeichen passen nicht, oder eine Zelle ist riesig"),
        ("ü\n".encode() * 3 + b"\xfc\n", "Zeile 4: ein Zeichen ist nicht in UTF-8 wie der Rest der Datei"),
        (b"number\n\x81\n", "Zeile 2: ein Zeichen ist weder UTF-8 noch Windows-1252"),
        (b"\x00\x01\x02" * 99, "Zeile 1, " + "\x00\x01\x02" * 13 + "\x00: unbekannte Spalte"),
        ("number,partner,valid_from\n" + "1" * 200_000, "Zeile 2: Anführungszeichen passen nicht"),
    ],
)
def test_files_that_cannot_be_read(session: Session, source: str | bytes, error: str) -> None:
    plan = service.run_import(session, "numbers", source)
    assert len(plan.errors) == 1
    assert str(plan.errors[0]).startswith(error)
