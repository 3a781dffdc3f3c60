"""Under which names telephone systems and we know one person, and what lines name it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, from_micros, to_micros
from wfm.core.config import settings
from wfm.core.db import cursor
from wfm.core.errors import BadInput, NotFound, RuleBroken
from wfm.privacy.rules.line_formats import agent_field
from wfm.privacy.rules.persons import PSEUDONYM_DAYS, agent_pseudonym
from wfm.privacy.rules.redaction import events_by_position
from wfm.privacy.service.redacting import reading_alone
from wfm.telephony.adapters import decoder
from wfm.telephony.models import Stream
from wfm.telephony.rules.events import RawRow
from wfm.telephony.rules.redacted import is_pseudonym

BATCH = 20_000


class Name(NamedTuple):
    """What one telephone system calls the person, from a day until before another (None: always)."""

    system_id: int
    name: str
    first: date | None
    end: date | None

    def on(self, day: date) -> bool:
        return (self.first is None or day >= self.first) and (self.end is None or day < self.end)


Names = Sequence[Name]

#: SQL: whether `t`, the fact of a day, is of a person: by the directory's name, or by one that a telephone system told.
DAY_OF_PERSON = """(t.agent = %(agent)s OR EXISTS (
    SELECT FROM unnest(%(systems)s::int[], %(names)s::text[], %(firsts)s::date[], %(lasts)s::date[])
      AS n (system_id, name, first, last) JOIN system sy ON sy.id = n.system_id
    WHERE sy.name = t.system AND n.name = t.agent
      AND (n.first IS NULL OR t.day >= n.first) AND (n.last IS NULL OR t.day < n.last)))"""


def columns_of(names: Names) -> dict[str, list[Any]]:
    """Names as parameters for unnest."""
    return {key: [row[column] for row in names] for column, key in enumerate(("systems", "names", "firsts", "lasts"))}


def names_of(session: Session, agent: str) -> list[Name]:
    """All names of a person, pseudonyms in redacted lines among them.

    Raises NotFound for a name that neither the directory nor any line knows, BadInput for one that is only an alias.
    """
    db = cursor(session)
    if "\0" in agent or is_pseudonym(agent):
        raise _unknown(agent)
    aliases = [
        Name(*row)
        for row in db.execute(
            """SELECT sy.id, a.alias, lower(a.valid), upper(a.valid) FROM agent_alias a
               JOIN system sy ON sy.name = a.system WHERE a.agent = %s ORDER BY 1, 2, 3""",
            (agent,),
        ).fetchall()
    ]
    others = {
        (system_id, owner)
        for system_id, owner in db.execute(
            """SELECT sy.id, a.agent FROM agent_alias a JOIN system sy ON sy.name = a.system
               WHERE a.alias = %s AND a.agent <> a.alias""",
            (agent,),
        ).fetchall()
    }
    taken = {system_id for system_id, _ in others}
    told = db.execute(
        """SELECT DISTINCT system_id FROM stay WHERE agent = %(agent)s UNION
           SELECT DISTINCT system_id FROM agent_span WHERE agent = %(agent)s UNION
           SELECT DISTINCT system_id FROM agent_event WHERE agent = %(agent)s""",
        {"agent": agent},
    ).fetchall()
    own = [Name(system_id, agent, None, None) for (system_id,) in told if system_id not in taken]
    in_directory = db.execute("SELECT EXISTS (SELECT FROM agent_alias WHERE agent = %s)", (agent,)).fetchone()
    if not own and not aliases and not (in_directory and in_directory[0]):
        if others:
            owners = ", ".join(sorted({owner for _, owner in others}))
            message = f"„{agent}“ ist nur eine Bezeichnung der Telefonanlage; die Person heißt hier {owners}."
            raise BadInput("person.alias", message, agent=agent, person=owners)
        raise _unknown(agent)
    return [*own, *aliases]


def pseudonyms_of(session: Session, names: Names) -> dict[tuple[int, str], str]:
    """Pseudonym in redacted lines, with its system -> the name that it stands for, as far back as there are calls."""
    oldest, newest = cursor(session).execute("SELECT min(day), max(day) FROM stay").fetchone()  # type: ignore[misc]
    if oldest is None:
        return {}
    periods = range(oldest.toordinal() // PSEUDONYM_DAYS - 1, newest.toordinal() // PSEUDONYM_DAYS + 2)
    found = {}
    for name in names:
        for period in periods:
            last = date.fromordinal((period + 1) * PSEUDONYM_DAYS)
            if (name.first is None or name.first <= last) and (
                name.end is None or name.end.toordinal() > period * PSEUDONYM_DAYS
            ):
                found[name.system_id, agent_pseudonym(name.name, name.system_id, period, settings().secret)] = name.name
    return found


class Line(NamedTuple):
    """A raw line that names somebody: where it stands, when it was received, what it says, and the name in it."""

    stream: Stream
    position: int
    received_at: datetime
    payload: bytes
    name: str


def lines_naming(session: Session, names: Names, pseudonyms: Mapping[tuple[int, str], str]) -> Iterator[Line]:
    """Every raw line whose agent is one of these, stream by stream. Reads all lines once; memory is bounded."""
    wanted: dict[int, set[str]] = {}
    for name in names:
        wanted.setdefault(name.system_id, set()).add(name.name)
    for system_id, pseudonym in pseudonyms:
        wanted.setdefault(system_id, set()).add(pseudonym)
    for stream in session.query(Stream).order_by(Stream.id).all():
        looked_for = wanted.get(stream.source.system_id)
        if looked_for:
            yield from _in_stream(session, stream, looked_for, names)


def _in_stream(session: Session, stream: Stream, looked_for: set[str], names: Names) -> Iterator[Line]:
    after = -1
    # As bytes: no line of another name is sent here. A CDR may be in another encoding, so all of its lines are.
    pattern = "" if stream.source.kind == "cdr" else "|".join(re.escape(name) for name in sorted(looked_for))
    while True:
        rows = (
            cursor(session)
            .execute(
                """SELECT position, payload, received_at FROM raw_event
                   WHERE stream_id = %s AND position > %s AND encode(payload, 'escape') ~ %s
                   ORDER BY position LIMIT %s""",
                (stream.id, after, _as_escaped(pattern), BATCH),
            )
            .fetchall()
        )
        yield from _naming(stream, rows, looked_for, names)
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def _as_escaped(pattern: str) -> str:
    """The pattern for bytes as PostgreSQL's `escape` writes them: `\\303\\244` for ä, and JSON may say it otherwise."""
    if not pattern.isascii() or '"' in pattern or "\\\\" in pattern:
        return ""
    return pattern


def _naming(stream: Stream, rows: Sequence[Any], looked_for: set[str], names: Names) -> Iterator[Line]:
    kind, system_id = stream.source.kind, stream.source.system_id
    raw = [RawRow(position, payload) for position, payload, _ in rows]
    try:
        told = events_by_position(decoder(kind)(raw, reading_alone(stream)).events)
    except Exception as error:  # of an adapter: what it cannot read may name the person, so nothing is done by halves
        message = f"Die Zeilen von „{stream.name}“ (Quelle {stream.source.name}) lassen sich nicht lesen: {error}."
        raise RuleBroken("person.stream_unreadable", message, stream=stream.name) from error
    for position, payload, received_at in rows:
        events = told.get(position, [])
        at = events[0].at if events else to_micros(received_at)
        day = berlin_day(from_micros(at))
        for name in sorted({*(event.agent for event in events), agent_field(kind, payload)} & looked_for):
            own = [one for one in names if one.system_id == system_id and one.name == name]
            if not own or any(one.on(day) for one in own):
                yield Line(stream, position, received_at, payload, name)


def _unknown(agent: str) -> NotFound:
    message = f"Eine Person „{agent}“ kennen weder das Verzeichnis noch die Ereignisse (oder sie ist schon pseudonym)."
    return NotFound("person.unknown", message, agent=agent)
