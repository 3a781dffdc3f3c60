"""Whose call it was, when mappings come later, move, or are corrected: open months follow, closed ones stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.closing import close
from tests.flows.exchange import execute, import_numbers, ingest, lines, run, select, snapshot, usage, write
from wfm.core.db import transaction
from wfm.directory.service import load_base_data

HANNOVER, BURGDORF, LEHRTE, SEHNDE = "03241001", "03241003", "03241011", "03241016"
LOG = """
    2026-03-30T09:00:00|march.1|a|NONE|DID|051100001
    2026-03-30T09:00:00|march.1|a|NONE|ENTERQUEUE||05136123456|1
    2026-03-30T09:00:20|march.1|a|kern|CONNECT|20|x|5
    2026-03-30T09:01:20|march.1|a|kern|COMPLETECALLER|20|60|1
    2026-04-01T09:00:00|april.1|a|NONE|DID|051100001
    2026-04-01T09:00:00|april.1|a|NONE|ENTERQUEUE||05136123456|1
    2026-04-01T09:00:09|april.1|a|NONE|ABANDON|1|1|9
    2026-04-15T09:00:00|april.2|a|NONE|DID|051100001
    2026-04-15T09:00:00|april.2|a|NONE|ENTERQUEUE||017012345678|1
    2026-04-15T09:00:05|april.2|a|kern|CONNECT|5|x|5
    2026-04-15T09:02:05|april.2|a|kern|BLINDTRANSFER|9|x|5|120|1
    2026-04-16T09:00:00|april.3|b|NONE|ENTERQUEUE|pass|05138123456|1
    2026-04-16T09:00:07|april.3|b|NONE|ABANDON|1|1|7
"""


@pytest.fixture(autouse=True)
def log(database: str, tmp_path: Path) -> None:
    with transaction() as session:
        load_base_data(session)
    ingest(write(tmp_path / "queue_log", lines("2026-03-30", LOG)))


def whose() -> dict[str, tuple[str | None, str]]:
    return {callid: (partner, method) for callid, partner, method in select("SELECT callid, partner, method FROM call")}


def counted(month: str) -> dict[str, tuple[int, int]]:
    """Calls and seconds of talk of each partner that has any, and of nobody."""
    report = usage(month)
    assert report["complete"], report["gaps"]
    rows = {row["partner"]: row for row in report["rows"]} | {"nobody": report["unattributed"]}
    return {partner: (row["calls"], row["talk_s"]) for partner, row in rows.items() if row["calls"]}


def imported(kind: str, header: str, *rows: str, folder: Path) -> None:
    file = folder / f"{kind}.csv"
    file.write_text("\n".join([header, *rows, ""]))
    run("directory", "import", kind, file)


def test_before_anything_is_mapped_calls_are_guesses_or_nobodys():
    assert whose() == {
        "march.1": (None, "unknown"),  # 05136 is used in Burgdorf, and in Isernhagen and Lehrte as well
        "april.1": (None, "unknown"),
        "april.2": (None, "unknown"),  # from a mobile
        "april.3": (None, "area_code"),  # 05138 is used in Sehnde only: likely, and in no partner's row
    }
    assert counted("2026-03") == {"nobody": (1, 60)}
    assert counted("2026-04") == {"nobody": (3, 120)}
    likely = usage("2026-04")["unattributed"]["likely"]
    assert [(row["partner"], row["name"], row["calls"]) for row in likely] == [(SEHNDE, "Sehnde", 1)]


def test_numbers_that_come_later_attribute_earlier_calls(tmp_path: Path):
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-01-01,"])
    assert whose()["march.1"] == whose()["april.2"] == (BURGDORF, "dialled_number")
    assert counted("2026-03") == {BURGDORF: (1, 60)}
    assert counted("2026-04") == {BURGDORF: (2, 120), "nobody": (1, 0)}


def test_a_number_holds_from_its_day_on(tmp_path: Path):
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-04-01,"])
    assert counted("2026-03") == {"nobody": (1, 60)}
    assert counted("2026-04") == {BURGDORF: (2, 120), "nobody": (1, 0)}


def test_a_number_that_moves_to_another_partner_on_a_day(tmp_path: Path):
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-01-01,"])
    import_numbers(tmp_path, [f"051100001,{LEHRTE},2026-04-10,"])
    assert counted("2026-03") == {BURGDORF: (1, 60)}
    assert counted("2026-04") == {BURGDORF: (1, 0), LEHRTE: (1, 120), "nobody": (1, 0)}


def test_a_closed_month_is_left_alone(tmp_path: Path):
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-01-01,"])
    close("2026-03")
    march = [row for row in snapshot("call")["call"] if "march.1" in row]
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-01-01,2026-03-15", f"051100001,{LEHRTE},2026-03-16,"])
    assert [row for row in snapshot("call")["call"] if "march.1" in row] == march
    assert counted("2026-03") == {BURGDORF: (1, 60)}
    assert counted("2026-04") == {LEHRTE: (2, 120), "nobody": (1, 0)}


def test_the_queue_speaks_where_the_number_says_nothing(tmp_path: Path):
    imported("queues", "queue,label,partner,valid_from,valid_to", f"b,B,{LEHRTE},2026-01-01,", folder=tmp_path)
    assert whose()["april.3"] == (LEHRTE, "queue")
    imported("queues", "queue,label,partner,valid_from,valid_to", f"a,A,{LEHRTE},2026-01-01,", folder=tmp_path)
    assert counted("2026-04") == {LEHRTE: (3, 120)}
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-04-15,"])  # a number dialled says it better
    assert whose()["april.1"] == (LEHRTE, "queue")
    assert whose()["april.2"] == (BURGDORF, "dialled_number")
    assert counted("2026-04") == {BURGDORF: (1, 120), LEHRTE: (2, 0)}


def test_a_word_for_a_service_that_is_explained_later(tmp_path: Path):
    services = select("SELECT tag, service FROM call WHERE callid = 'april.3'")
    assert services == [("pass", None)]
    imported("services", "leika_key,name,tag", "99008001012000,Personalausweis,pass", folder=tmp_path)
    assert select("SELECT tag, service FROM call WHERE callid = 'april.3'") == [("pass", "99008001012000")]
    imported("queues", "queue,label,partner,valid_from,valid_to", f"b,B,{LEHRTE},2026-01-01,", folder=tmp_path)
    [row] = [row for row in usage("2026-04")["rows"] if row["partner"] == LEHRTE]
    assert [(part["service"], part["calls"]) for part in row["by_service"]] == [("99008001012000", 1)]


def test_deriving_gives_what_reading_it_all_anew_gives(tmp_path: Path):
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-01-01,"])
    import_numbers(tmp_path, [f"051100001,{HANNOVER},2026-04-10,"])
    before = snapshot()
    run("rebuild")
    assert snapshot() == before


def test_an_import_that_changes_nothing_counts_nothing(tmp_path: Path):
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-01-01,"])
    execute("UPDATE fact_day SET talk_s = talk_s + 1")  # who counts a day anew puts it right
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-01-01,"])
    assert usage("2026-03")["total"]["talk_s"] == 61
