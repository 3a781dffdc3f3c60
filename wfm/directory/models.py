"""Tables of the directory.

What is dated has a column `valid`, a range of days `[first, last + 1)`, and an exclusion constraint, so that the
database itself refuses a number with two partners on one day. Exclusions are deferrable: an import that moves several
ranges at once is judged by where it ends, not by the order of its statements.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import (
    ExcludeConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant
from wfm.directory.column_types import DayPeriods, Days
from wfm.directory.rules.calendar import Periods
from wfm.directory.rules.dated import Validity
from wfm.directory.rules.targets import Target, Variant


class Dated:
    """A row that holds from one day to another."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    valid: Mapped[Validity] = mapped_column(Days)


def _dated_constraints(table: str, *key: str) -> tuple[CheckConstraint | ExcludeConstraint, ...]:
    """One value a key on any day, and no range that begins in the mist of time."""
    columns = [(text(column) if "(" in column else column, "=") for column in key]
    return (
        CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid"),
        ExcludeConstraint(*columns, ("valid", "&&"), name=f"{table}_one_a_day_excl", using="gist", deferrable=True),
    )


class Partner(Base):
    """A municipality, or the Region's administration (key REGION, no AGS and no inhabitants of its own)."""

    __tablename__ = "partner"
    __table_args__ = (
        CheckConstraint("kind IN ('municipality', 'region')", name="kind"),
        CheckConstraint("(kind = 'municipality') = (ags IS NOT NULL)", name="ags_of_municipality"),
        CheckConstraint("ags ~ '^[0-9]{8}$' AND ags = key", name="ags"),
    )

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    ags: Mapped[str | None] = mapped_column(Text, unique=True)


class PartnerInhabitants(Base):
    """How many people lived in a municipality, by which count: three counts of one year differ by 5 %."""

    __tablename__ = "partner_inhabitants"
    __table_args__ = (CheckConstraint("inhabitants > 0", name="inhabitants"),)

    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"), primary_key=True)
    as_of: Mapped[date] = mapped_column(primary_key=True)
    basis: Mapped[str] = mapped_column(Text, primary_key=True)
    inhabitants: Mapped[int]
    source: Mapped[str] = mapped_column(Text, server_default="")


class PartnerMembership(Dated, Base):
    """How a partner takes part: in the pilot, fully, or no more."""

    __tablename__ = "partner_membership"
    __table_args__ = (
        CheckConstraint("status IN ('pilot', 'full', 'left')", name="status"),
        *_dated_constraints("partner_membership", "partner"),
    )

    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"))
    status: Mapped[str] = mapped_column(Text)


class PartnerProfile(Base):
    """What a partner says of itself before and while it takes part. Never changed: a correction is a version more."""

    __tablename__ = "partner_profile"
    __table_args__ = (CheckConstraint("calls_a_year >= 0", name="calls"),)

    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"), primary_key=True)
    as_of: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    calls_a_year: Mapped[int | None]
    """By its own count, at its own switchboard."""
    source: Mapped[str] = mapped_column(Text)
    hours: Mapped[str] = mapped_column(Text, server_default="")
    services: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """LeiKa keys of the services that the centre is to answer for it; none means all."""
    wished_start: Mapped[date | None]
    queue: Mapped[str | None] = mapped_column(ForeignKey("queue.name"))
    """The queue its calls are to enter, where that is settled."""
    noted_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class AreaCode(Base):
    """An area code that is used in a municipality.

    Not attributable: the network is named after a place outside the Region, so its callers are often not citizens.
    """

    __tablename__ = "area_code"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"), primary_key=True)
    attributable: Mapped[bool] = mapped_column(server_default=true())


class Queue(Base):
    """A waiting line of the telephone system.

    Not mapped: made by itself when the telephone system first named it; nobody has described it yet.
    """

    __tablename__ = "queue"
    __table_args__ = (CheckConstraint("wrapup_s >= 0", name="wrapup"),)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    mapped: Mapped[bool] = mapped_column(server_default=false())
    wrapup_s: Mapped[int | None]


class QueuePartner(Dated, Base):
    """The one partner whom a queue serves."""

    __tablename__ = "queue_partner"
    __table_args__ = _dated_constraints("queue_partner", "queue")

    queue: Mapped[str] = mapped_column(ForeignKey("queue.name"))
    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"))


class DialledNumber(Dated, Base):
    """The partner to whom a dialled number (canonical spelling) belongs."""

    __tablename__ = "dialled_number"
    __table_args__ = _dated_constraints("dialled_number", "number")

    number: Mapped[str] = mapped_column(Text)
    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"))


class Service(Base):
    """A service (Leistung) of the catalogue, and the short word by which the telephone system or agents name it."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("leika_key ~ '^[0-9]{14}$'", name="leika_key"),
        UniqueConstraint("tag", deferrable=True),
    )

    leika_key: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    rank: Mapped[int | None]
    source: Mapped[str] = mapped_column(Text, server_default="")
    tag: Mapped[str | None] = mapped_column(Text)


class OpeningHours(Dated, Base):
    """The periods of a weekday (0 = Monday), for the whole centre or for one queue."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        *_dated_constraints("opening_hours", "coalesce(queue, '')", "weekday"),
    )

    queue: Mapped[str | None] = mapped_column(ForeignKey("queue.name"))
    weekday: Mapped[int] = mapped_column(SmallInteger)
    periods: Mapped[Periods] = mapped_column(DayPeriods)


class SpecialDay(Base):
    """A day with hours of its own, for the whole centre or for one queue."""

    __tablename__ = "special_day"
    __table_args__ = (UniqueConstraint("queue", "day", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    queue: Mapped[str | None] = mapped_column(ForeignKey("queue.name"))
    day: Mapped[date]
    name: Mapped[str] = mapped_column(Text, server_default="")
    periods: Mapped[Periods] = mapped_column(DayPeriods)


class Holiday(Base):
    """A public holiday of Lower Saxony."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)


class TargetVersion(Base):
    """One version of a named definition of service level."""

    __tablename__ = "target"
    __table_args__ = (
        CheckConstraint("share > 0 AND share <= 1", name="share"),
        CheckConstraint("seconds >= 0", name="seconds"),
        CheckConstraint("variant IN ('offered', 'answered', 'excl_abandoned_within', 'abandoned_met')", name="variant"),
        *_dated_constraints("target", "name"),
    )

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    share: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    seconds: Mapped[int]
    variant: Mapped[str] = mapped_column(Text)
    valid: Mapped[Validity] = mapped_column(Days)
    source: Mapped[str] = mapped_column(Text, server_default="")

    def as_target(self) -> Target:
        return Target(
            self.name,
            self.version,
            self.label,
            self.share,
            self.seconds,
            Variant(self.variant),
            self.valid,
            self.source,
        )


class AgentAlias(Dated, Base):
    """What a telephone system calls a person (interface, pool id, member name), and the one name used here."""

    __tablename__ = "agent_alias"
    __table_args__ = _dated_constraints("agent_alias", "system", "alias")

    system: Mapped[str] = mapped_column(Text)
    alias: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)


class ImportDraft(Base):
    """A file that somebody has sent in to see what it would change: kept until it is taken over or its
    retention is over."""

    __tablename__ = "import_draft"
    __table_args__ = (CheckConstraint("octet_length(content) <= 2097152", name="content"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sent_by: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(Instant)


class MappingChange(Base):
    """A note that a mapping says something else from a day on: calls of open months since then are derived again.

    Written in the transaction of the import, ticked off by whoever derived the calls. An agent's name (`alias`) leaves
    no key: it is no matter of the directory's history.
    """

    __tablename__ = "mapping_change"
    __table_args__ = (
        CheckConstraint("kind IN ('number', 'queue', 'tag', 'area_code', 'alias')", name="kind"),
        Index(None, "id", postgresql_where=text("NOT done")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    since: Mapped[date]
    done: Mapped[bool] = mapped_column(server_default=false())
    noted_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
