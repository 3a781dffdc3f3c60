"""Pseudonymisation of a person who left: no name remains, every sum does."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.service.audit import record
from wfm.core.clock import BERLIN
from wfm.core.db import cursor
from wfm.core.errors import RuleBroken
from wfm.privacy.rules.persons import Renaming
from wfm.privacy.rules.redaction import Step, redact_rows
from wfm.privacy.service.person_names import (
    DAY_OF_PERSON,
    Line,
    Names,
    columns_of,
    lines_naming,
    names_of,
    pseudonyms_of,
)
from wfm.privacy.service.redacting import reading_alone, write_payloads
from wfm.queues.service.projection import touch_days
from wfm.telephony.adapters import decoder
from wfm.telephony.models import Stream, System
from wfm.telephony.rules.events import RawRow, TelephonyEvent
from wfm.telephony.rules.redacted import pseudonym
from wfm.telephony.service.intake import lock_system


class Forgotten(NamedTuple):
    """How many rows name a pseudonym now."""

    lines: int
    stays: int
    states: int
    spans: int
    aliases: int


def forget_person(session: Session, agent: str, *, by: str) -> Forgotten:
    """Replace every name of a person by random pseudonyms, each by one of its own, so that all folds the same.

    Raises NotFound for nobody's name, RuleBroken while the person is logged on: what comes next would name it again.
    The pseudonyms are random, so that not even the installation's secret leads back to the name.
    """
    names = names_of(session, agent)
    for system_id in session.scalars(select(System.id).order_by(System.id)).all():
        lock_system(session, system_id)
    _refuse_while_logged_on(session, names, agent)
    random = {(name.system_id, name.name): pseudonym(secrets.token_hex(6)) for name in names}
    keyed = pseudonyms_of(session, names)
    renamed = random | {place: random[place[0], name] for place, name in keyed.items()}
    lines = _rename_lines(session, list(lines_naming(session, names, keyed)), renamed)
    done = Forgotten(lines, *_rename_rows(session, names, renamed), _drop_aliases(session, agent))
    _rename_days(session, agent, names)
    details: dict[str, object] = dict(done._asdict())
    record(
        session,
        by,
        "person.forgotten",
        object_kind="person",
        object_id=min(random.values(), default=None),
        fields=["agent"],
        details=details,
    )
    return done


def _refuse_while_logged_on(session: Session, names: Names, agent: str) -> None:
    found = cursor(session).execute(
        """SELECT p.queue, p.starts_at FROM agent_span p JOIN unnest(%s::int[], %s::text[]) AS n (system_id, name)
             ON n.system_id = p.system_id AND n.name = p.agent WHERE p.ends_at IS NULL ORDER BY 2 LIMIT 1""",
        ([name.system_id for name in names], [name.name for name in names]),
    )
    if row := found.fetchone():
        queue, since = row
        message = (
            f"„{agent}“ ist noch angemeldet ({queue or 'Pool'}, seit {since.astimezone(BERLIN):%d.%m.%Y %H:%M}): "
            "bitte zuerst in der Telefonanlage abmelden und die Abmeldung einlesen."
        )
        raise RuleBroken("person.logged_on", message, agent=agent, queue=queue)


def _rename_lines(session: Session, lines: list[Line], renamed: dict[tuple[int, str], str]) -> int:
    by_stream: dict[int, list[Line]] = {}
    for line in lines:
        by_stream.setdefault(line.stream.id, []).append(line)
    for stream_id, found in by_stream.items():
        stream = session.get_one(Stream, stream_id)
        system_id, kind = stream.source.system_id, stream.source.kind
        renaming = Renaming({name: new for (system, name), new in renamed.items() if system == system_id})
        rows = sorted({RawRow(line.position, line.payload) for line in found})
        redacted = redact_rows(kind, decoder(kind), rows, reading_alone(stream), Step.LINE, _always(renaming))
        write_payloads(session, stream_id, redacted.payloads)
    return len({(line.stream.id, line.position) for line in lines})


def _always(renaming: Renaming) -> Callable[[int, Sequence[TelephonyEvent]], Renaming]:
    return lambda _position, _events: renaming


def _rename_rows(session: Session, names: Names, renamed: dict[tuple[int, str], str]) -> tuple[int, int, int]:
    """Stays, states and spans; an alias that was somebody else's at another time is renamed in this person's only."""
    validity: dict[tuple[int, str], list[tuple[date | None, date | None]]] = {}
    for name in names:
        validity.setdefault((name.system_id, name.name), []).append((name.first, name.end))
    rows = [
        (system_id, name, new, first, end)
        for (system_id, name), new in renamed.items()
        for first, end in validity.get((system_id, name), [(None, None)])
    ]
    columns = [[row[column] for row in rows] for column in range(5)]
    counts = []
    for table, day in (("stay", "t.day"), ("agent_event", _berlin("t.at")), ("agent_span", _berlin("t.starts_at"))):
        db = cursor(session)
        db.execute(
            f"""UPDATE {table} t SET agent = n.new
                FROM unnest(%s::int[], %s::text[], %s::text[], %s::date[], %s::date[])
                  AS n (system_id, name, new, first, last)
                WHERE t.system_id = n.system_id AND t.agent = n.name
                  AND (n.first IS NULL OR {day} >= n.first) AND (n.last IS NULL OR {day} < n.last)""",
            columns,
        )
        counts.append(db.rowcount)
    return counts[0], counts[1], counts[2]


def _rename_days(session: Session, agent: str, names: Names) -> None:
    """Facts of the person's days, at once; those that can be counted anew are, by the names that stand in stays now."""
    db = cursor(session)
    parameters: dict[str, Any] = {"agent": agent, **columns_of(names)}
    tables = ("fact_agent_calls", "fact_agent_time")
    known: set[tuple[str, str]] = set()
    for table in tables:
        known.update(db.execute(f"SELECT DISTINCT agent, system FROM {table} t WHERE {DAY_OF_PERSON}", parameters))
    touched: set[int] = set()
    for name, system in sorted(known):
        parameters |= {"name": name, "system": system, "new": pseudonym(secrets.token_hex(6))}
        for table in tables:
            days = db.execute(
                f"""UPDATE {table} t SET agent = %(new)s, names = ARRAY[%(new)s]
                    WHERE t.agent = %(name)s AND t.system = %(system)s AND {DAY_OF_PERSON} RETURNING day""",
                parameters,
            ).fetchall()
            touched.update(day.toordinal() for (day,) in days)
    touch_days(session, touched)


def _berlin(instant: str) -> str:
    return f"({instant} AT TIME ZONE 'Europe/Berlin')::date"


def _drop_aliases(session: Session, agent: str) -> int:
    """The directory's names, and the link from an account to them."""
    db = cursor(session)
    if db.execute("SELECT to_regclass('person')").fetchone()[0] is not None:  # type: ignore[index]
        db.execute("UPDATE person SET agent = NULL WHERE agent = %s", (agent,))
    db.execute("DELETE FROM agent_alias WHERE agent = %s", (agent,))
    return db.rowcount
