"""All that is held of one agent (Art. 15 GDPR): as data, and as a document to read."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from wfm.accounts.service.audit import record
from wfm.core.clock import BERLIN, now
from wfm.core.db import cursor
from wfm.directory.service import attribution_tables
from wfm.privacy.service.agreed import retention_days
from wfm.privacy.service.person_names import (
    DAY_OF_PERSON,
    Name,
    Names,
    columns_of,
    lines_naming,
    names_of,
    pseudonyms_of,
)
from wfm.reporting.rules.masking import Masking, masked_lines

Row = dict[str, Any]

CENTRE = "Leitung des Servicecenters über Auswertungen von Gruppen; einzeln niemand ohne Vereinbarung"
OTHER = "eine andere Person"

#: What is held: name of the section -> title, purpose, class of retention, recipients.
SECTIONS: dict[str, tuple[str, str, str, str]] = {
    "aliases": (
        "Bezeichnungen in Telefonanlagen",
        "Ereignisse der Telefonanlage einer Person zuordnen",
        "agent_alias",
        "Leitung und Verwaltung des Servicecenters",
    ),
    "stays": (
        "Angenommene Anrufe",
        "Servicelevel, Nutzung und Abrechnung je Kommune berechnen (dort ohne Personen)",
        "stay",
        CENTRE,
    ),
    "states": (
        "Gemeldete Zustände",
        "Besetzung der Warteschlangen und Nachbearbeitung berechnen",
        "agent_state",
        CENTRE,
    ),
    "spans": ("Zeiten angemeldet und in Pause", "Besetzung der Warteschlangen berechnen", "agent_state", CENTRE),
    "day_calls": (
        "Tage: angenommene Anrufe je Warteschlange",
        "die eigenen Zahlen zeigen; Zahlen nach einer Vereinbarung mit dem Personalrat",
        "raw_event",
        CENTRE,
    ),
    "day_times": (
        "Tage: Zeiten angemeldet und in Pause",
        "die eigenen Zahlen zeigen; Monatszahlen von Gruppen; Zahlen nach einer Vereinbarung mit dem Personalrat",
        "agent_state",
        CENTRE,
    ),
    "lines": (
        "Rohzeilen der Telefonanlage, in denen die Person genannt ist (Anrufende unkenntlich)",
        "Zahlen nachrechnen und nach einem Fehler neu bilden",
        "raw_event",
        "niemand mit Namen; unkenntlich Leitung, Finanzen und die betroffene Kommune",
    ),
    "accounts": ("Konto", "Anmeldung an dieser Software", "account", "Verwaltung des Servicecenters"),
    "sign_ins": ("Anmeldungen", "Sitzungen absichern und beenden", "login_session", "Verwaltung des Servicecenters"),
    "audit": (
        "Einträge im Zugriffsprotokoll",
        "nachweisen, wer was gesehen oder geändert hat",
        "audit",
        "Personalrat, Datenschutzbeauftragte, Verwaltung",
    ),
}


def export_person(session: Session, agent: str, *, by: str) -> Row:
    """All that is held of an agent, section by section, with purpose, retention and recipients; itself audited.

    Raises NotFound for nobody's name. Calls and lines that bear only a pseudonym by now belong to it.
    """
    names = names_of(session, agent)
    keyed = pseudonyms_of(session, names)
    held = _held(session, agent, names, keyed)
    record(session, by, "person.exported", object_kind="agent", object_id=agent, fields=list(held))
    days = retention_days(session)
    return {
        "person": agent,
        "made_at": now().astimezone(BERLIN).isoformat(timespec="seconds"),
        "sections": [
            {
                "name": name,
                "title": title,
                "purpose": purpose,
                "retention": _retention(name, data_class, days),
                "recipients": recipients,
                "rows": held[name],
            }
            for name, (title, purpose, data_class, recipients) in SECTIONS.items()
        ],
    }


def _retention(name: str, data_class: str, days: dict[str, int]) -> str:
    kept = f"{days[data_class]} Tage"
    return {
        "stays": f"mit Namen {days['raw_event']} Tage nach Empfang, danach pseudonym bis zur endgültigen "
        f"Abrechnung des Monats und {kept} darüber hinaus",
        "aliases": f"bis zum Ausscheiden; eine, die nicht mehr gilt, {kept} nach ihrem letzten Tag",
        "accounts": f"{kept} nach der Sperrung, danach ohne Namen",
        "day_calls": f"{kept} nach dem Tag",
        "day_times": f"{kept} nach dem Tag; was von Anrufen zeugt (bereit, Gespräch, Nachbearbeitung), "
        f"{days['raw_event']} Tage",
        "lines": f"mit Namen {kept} nach Empfang (Zustände {days['agent_state']} Tage), danach pseudonym",
    }.get(name, kept)


def _held(session: Session, agent: str, names: Names, keyed: dict[tuple[int, str], str]) -> dict[str, list[Row]]:
    held = {name: _rows(session, query, _parameters(agent, names, keyed)) for name, query in _QUERIES.items()}
    held["lines"] = _lines(session, names, keyed)
    for name, (table, query) in _ACCOUNTS.items():
        there = cursor(session).execute("SELECT to_regclass(%s)", (table,)).fetchone()
        held[name] = _rows(session, query, {"agent": agent}) if there and there[0] else []
    return held


def _parameters(agent: str, names: Names, keyed: dict[tuple[int, str], str]) -> Row:
    rows = [*names, *(Name(system_id, pseudonym, None, None) for system_id, pseudonym in keyed)]
    return {"agent": agent, **columns_of(rows)}


_NAMES = """unnest(%(systems)s::int[], %(names)s::text[], %(firsts)s::date[], %(lasts)s::date[])
    AS n (system_id, name, first, last)"""


def _of_person(day: str) -> str:
    return f"""n.system_id = t.system_id AND n.name = t.agent
        AND (n.first IS NULL OR {day} >= n.first) AND (n.last IS NULL OR {day} < n.last)"""


_DAY = "(t.{} AT TIME ZONE 'Europe/Berlin')::date"
_QUERIES = {
    "aliases": """SELECT system, alias, lower(valid) AS valid_from, upper(valid) - 1 AS valid_to
                  FROM agent_alias WHERE agent = %(agent)s ORDER BY 1, 2, 3""",
    "stays": f"""SELECT sy.name AS system, t.agent AS name, t.queue, t.entered_at, t.outcome, t.answered_at, t.ended_at,
                        t.ended_by, t.wait_s, t.talk_s, t.wrapup_s
                 FROM stay t JOIN {_NAMES} ON {_of_person("t.day")} JOIN system sy ON sy.id = t.system_id
                 ORDER BY t.entered_at, t.callid, t.stay_no""",
    "states": f"""SELECT sy.name AS system, t.agent AS name, t.queue, t.at, t.kind, t.text AS reason
                  FROM agent_event t JOIN {_NAMES} ON {_of_person(_DAY.format("at"))}
                  JOIN system sy ON sy.id = t.system_id ORDER BY t.at, t.stream_id, t.position""",
    "spans": f"""SELECT sy.name AS system, t.agent AS name, t.queue, t.starts_at, t.ends_at, t.state, t.reason
                 FROM agent_span t JOIN {_NAMES} ON {_of_person(_DAY.format("starts_at"))}
                 JOIN system sy ON sy.id = t.system_id ORDER BY t.starts_at, t.queue""",
    "day_calls": f"""SELECT day, agent AS name, system, queue, names, answered, talk_s, talk_unknown, wrapup_s
                     FROM fact_agent_calls t WHERE {DAY_OF_PERSON} ORDER BY day, queue, system""",
    "day_times": f"""SELECT day, agent AS name, system, queues, names, logged_on_s, ready_s, talking_s, wrapping_up_s,
                            ARRAY(SELECT concat(key, ': ', value) FROM jsonb_each_text(paused_s) ORDER BY 1) AS paused
                     FROM fact_agent_time t WHERE {DAY_OF_PERSON} ORDER BY day, system""",
    "audit": """SELECT at, actor, action, object_kind, object_id, fields FROM audit_entry
                WHERE object_kind IN ('person', 'agent') AND object_id = %(agent)s ORDER BY at, id""",
}
_ACCOUNTS = {
    "accounts": (
        "person",
        "SELECT login, name, role, partner, language, created_at, disabled_at FROM person WHERE agent = %(agent)s",
    ),
    "sign_ins": (
        "login_session",
        """SELECT s.begun_at, s.seen_at, s.ended_at, s.method, s.browser
           FROM login_session s JOIN person p ON p.id = s.person_id WHERE p.agent = %(agent)s ORDER BY 1""",
    ),
}


def _lines(session: Session, names: Names, keyed: dict[tuple[int, str], str]) -> list[Row]:
    """Raw lines that name the person: callers masked, other agents unnamed."""
    own = {name.name for name in names} | {pseudonym for _, pseudonym in keyed}
    codes = attribution_tables(session).area_codes
    rows = []
    for line in lines_naming(session, names, keyed):
        source = line.stream.source
        masking = Masking(codes, lambda agent: agent if agent in own else OTHER)
        (text,) = masked_lines([(source.kind, line.payload, source.settings)], masking)
        received_at = _plain(line.received_at)
        rows.append(
            {"source": source.name, "file": line.stream.name, "position": line.position, "received_at": received_at}
            | {"line": text}
        )
    return rows


def _rows(session: Session, query: str, parameters: Row) -> list[Row]:
    db = cursor(session)
    found = db.execute(query, parameters).fetchall()
    assert db.description is not None
    names = [column.name for column in db.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(BERLIN).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def as_json(export: Row) -> bytes:
    """The export for programs."""
    return (json.dumps(export, ensure_ascii=False, indent=1) + "\n").encode()
