"""What settlements rest on: none is charged, or undone, beside another one that would have to count with it.

Drafts may lie about side by side; what they stand on is looked at again when they are released.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wfm.billing.models import Settlement
from wfm.billing.rules.states import State
from wfm.billing.rules.stored_run import from_stored
from wfm.billing.service.reading import charged_within, days_of, locked, standing, undone
from wfm.billing.service.restating import last_run
from wfm.core.errors import Conflict, Sentence
from wfm.core.intervals import Days


def one_at_a_time(session: Session) -> None:
    """Two who reckon or release at once would both find nothing there yet."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('settlement'))"))


def only_one(session: Session, kind: str, period: Days, instalment: int | None = None) -> None:
    """Raises Conflict("settlement.exists") if another one of the kind stands or is being made for days of it.

    Nor is anything charged beforehand once there is an annual settlement: it would never be taken off.
    """
    query = select(Settlement).where(
        Settlement.kind.in_({kind, "annual"}),
        ~Settlement.shadow,
        Settlement.state != State.WITHDRAWN,
        Settlement.period.op("&&")(_range(period)),
        Settlement.id.not_in(undone()),
    )
    for other in session.scalars(query):
        if other.kind == "annual" or instalment in (None, other.instalment):
            raise _exists(other)


def none_reaches_beyond(session: Session, period: Days) -> None:
    """Raises Conflict("settlement.reaches_beyond") if something was charged for days within and outside the period:
    neither this settlement nor that of the other days would take it off."""
    within = {each.id for each in charged_within(session, period)}
    for other in standing(session, "advance", "period"):
        days = days_of(other)
        if other.id not in within and days.start < period.end and period.start < days.end:
            message = Sentence(
                "Nummer %(id)s wurde auch für Tage außerhalb des Zeitraums berechnet und würde nie abgezogen. Bitte "
                "den ganzen Zeitraum abrechnen oder sie zuerst stornieren.",
                id=other.id,
            )
            raise Conflict("settlement.reaches_beyond", message, settlement=other.id)


def put_off(session: Session, period: Days) -> dict[str, int]:
    """What annual settlements put off to the year in which a period begins, or to one before, and none has charged."""
    year = period.start.year
    found: dict[str, int] = {}
    for earlier in standing(session, "annual"):
        for charge in earlier.result["charges"]:
            cents = sum(part for due, part in charge["carried_to"].items() if int(due) <= year)
            if earlier.period.start.year <= year:
                cents -= charge["due_of_earlier"]
            found[charge["partner"]] = found.get(charge["partner"], 0) + cents
    return {partner: cents for partner, cents in found.items() if cents}


def may_be_released(session: Session, settlement: Settlement) -> None:
    """Raises Conflict: "settlement.outdated" for an annual settlement if what it rests on has changed since it was
    reckoned, "settlement.exists" for an advance that would never be taken off, and what `may_be_reversed` raises."""
    if settlement.kind == "reversal":
        assert settlement.reverses is not None
        # Held: nobody issues its documents meanwhile, which nothing would take back.
        may_be_reversed(session, locked(session, settlement.reverses))
    elif settlement.kind == "annual":
        none_reaches_beyond(session, days_of(settlement))
        _rests_on_the_same(session, settlement)
    else:
        days = days_of(settlement)
        for other in standing(session, "annual"):
            if other.period.start < days.end and days.start < days_of(other).end:
                raise _exists(other)


def may_be_reversed(session: Session, settlement: Settlement) -> None:
    """Raises Conflict: "settlement.set_off" for advances that an annual settlement took off, "settlement.built_on" for
    an annual one that another one has corrected (or whose corrections it has continued), or of which it charges what
    was put off."""
    others = [each for each in standing(session, "annual") if each.id != settlement.id]
    if any(settlement.id in each.inputs["advances_of"] for each in others):
        raise Conflict(
            "settlement.set_off",
            "Diese Abschläge sind in einer Jahresabrechnung verrechnet; zuerst muss diese storniert werden.",
        )
    due = {int(year) for charge in settlement.result["charges"] for year in charge["carried_to"]}
    concerned = {settlement.id, *_corrects(settlement)}
    for other in others:
        continues = other.id > settlement.id and concerned.intersection(_corrects(other))
        if continues or other.period.start.year in due:
            message = Sentence(
                "Abrechnung Nummer %(id)s baut auf dieser auf; zuerst muss jene storniert werden.", id=other.id
            )
            raise Conflict("settlement.built_on", message, settlement=other.id)


def _rests_on_the_same(session: Session, settlement: Settlement) -> None:
    days, inputs = days_of(settlement), settlement.inputs
    if {each.id for each in charged_within(session, days)} != set(inputs["advances_of"]):
        raise Conflict(
            "settlement.outdated",
            "Seit dem Entwurf sind Abschläge dazugekommen oder storniert worden. Bitte verwerfen und neu rechnen.",
        )
    annual = {each.id: each for each in standing(session, "annual")}
    as_corrected = all(
        each["settlement"] in annual
        and from_stored(each["before"]) == last_run(annual[each["settlement"]], list(annual.values()))
        for each in inputs["earlier"]
    )
    if not as_corrected or put_off(session, days) != inputs["carried"]:
        raise Conflict(
            "settlement.outdated",
            "Seit dem Entwurf hat sich eine frühere Abrechnung geändert. Bitte verwerfen und neu rechnen.",
        )


def _corrects(settlement: Settlement) -> set[int]:
    return {each["settlement"] for each in settlement.inputs.get("earlier", ())}


def _exists(other: Settlement) -> Conflict:
    message = Sentence(
        "Für diesen Zeitraum gibt es schon eine Abrechnung (Nummer %(id)s). Bitte diese verwerfen oder stornieren.",
        id=other.id,
    )
    return Conflict("settlement.exists", message, settlement=other.id)


def _range(period: Days) -> Any:
    return text("daterange(:first, :end)").bindparams(first=period.start, end=period.end)
