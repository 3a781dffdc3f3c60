"""The handler one writes with an ORM: load what an event changes, change, count, commit. Baseline of S1."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, Text, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from wfm.core import embedded
from wfm.core.db import transaction
from wfm.telephony.service.intake import content_hash

LEFT = {"EXITWITHTIMEOUT": "timeout", "EXITEMPTY": "empty", "EXITWITHKEY": "key", "WITHDRAW": "withdrawn"}
QUARTER = 15 * 60


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "handler_event"
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)


class Call(Base):
    __tablename__ = "handler_call"
    callid: Mapped[str] = mapped_column(Text, primary_key=True)
    began: Mapped[int]
    dialled: Mapped[str] = mapped_column(Text, default="")
    caller: Mapped[str] = mapped_column(Text, default="")


class Stay(Base):
    __tablename__ = "handler_stay"
    __table_args__ = (Index("handler_stay_callid_idx", "callid"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    callid: Mapped[str] = mapped_column(Text)
    queue: Mapped[str] = mapped_column(Text)
    entered: Mapped[int]
    outcome: Mapped[str] = mapped_column(Text, default="open")
    agent: Mapped[str | None] = mapped_column(Text)
    wait_s: Mapped[int | None]
    talk_s: Mapped[int | None]


class Fact(Base):
    __tablename__ = "handler_fact"
    quarter: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    offered: Mapped[int] = mapped_column(default=0)
    answered: Mapped[int] = mapped_column(default=0)
    abandoned: Mapped[int] = mapped_column(default=0)
    wait_s_answered: Mapped[int] = mapped_column(default=0)
    talk_s: Mapped[int] = mapped_column(default=0)


def make_tables() -> None:
    owner = create_engine(embedded.owner_url(), poolclass=NullPool)  # the application may make no tables
    Base.metadata.create_all(owner)


def take_all(log: Path) -> None:
    position = 0
    for line in log.read_bytes().split(b"\n")[:-1]:
        with transaction() as session:
            take(session, position, line)
        position += len(line) + 1


def take(session: Session, position: int, payload: bytes) -> None:
    if session.get(Event, position) is not None:
        return
    received_at = datetime.now(UTC)
    session.add(Event(position=position, received_at=received_at, payload=payload, content_hash=content_hash(payload)))
    stamp, callid, queue, agent, event, *data = payload.decode().split("|")
    at, queue = int(stamp), "" if queue == "NONE" else queue
    if event == "DID":  # refused, unless it enters the queue next
        session.merge(Call(callid=callid, began=at, dialled=data[0]))
        session.add(Stay(callid=callid, queue=queue, entered=at, outcome="refused"))
    elif event == "ENTERQUEUE":
        enter(session, callid, queue, at, caller=data[1])
    elif event == "CONNECT":
        stay = newest(session, callid, queue, "open")
        stay.outcome, stay.agent, stay.wait_s = "answered", agent, int(data[0])
        fact = fact_of(session, stay)
        fact.answered += 1
        fact.wait_s_answered += stay.wait_s
    elif event in ("COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER"):
        stay = newest(session, callid, queue, "answered")
        stay.talk_s = int(data[1] if event.startswith("COMPLETE") else data[-2])
        fact_of(session, stay).talk_s += stay.talk_s
    elif event == "ABANDON":
        stay = newest(session, callid, queue, "open")
        stay.outcome, stay.wait_s = "abandoned", int(data[2])
        fact_of(session, stay).abandoned += 1
    elif event in LEFT:
        newest(session, callid, queue, "open").outcome = LEFT[event]


def enter(session: Session, callid: str, queue: str, at: int, caller: str) -> None:
    call = session.get(Call, callid)
    if call is None:
        call = Call(callid=callid, began=at)
        session.add(call)
    call.caller = call.caller or caller
    dialled = newest(session, callid, None, "refused", missing_is_fine=True)
    if dialled is not None and dialled.queue in ("", queue):
        session.delete(dialled)
    stay = Stay(callid=callid, queue=queue, entered=at)
    session.add(stay)
    fact_of(session, stay).offered += 1


def newest(session: Session, callid: str, queue: str | None, outcome: str, *, missing_is_fine: bool = False) -> Stay:
    found = select(Stay).where(Stay.callid == callid, Stay.outcome == outcome).order_by(Stay.id.desc())
    if queue is not None:
        found = found.where(Stay.queue == queue, Stay.talk_s.is_(None))
    stay = session.scalars(found).first()
    assert missing_is_fine or stay is not None, (callid, outcome)
    return stay  # type: ignore[return-value]


def fact_of(session: Session, stay: Stay) -> Fact:
    quarter = stay.entered // QUARTER
    fact = session.get(Fact, (quarter, stay.queue))
    if fact is None:
        fact = Fact(quarter=quarter, queue=stay.queue, offered=0, answered=0, abandoned=0, wait_s_answered=0, talk_s=0)
        session.add(fact)
    return fact


def outcomes() -> list[tuple[str, int, int]]:
    """Stays and talk by outcome."""
    with transaction() as session:
        by = select(Stay.outcome, func.count(), func.coalesce(func.sum(Stay.talk_s), 0)).group_by(Stay.outcome)
        return sorted(tuple(row) for row in session.execute(by))


def facts() -> list[tuple[str, int, int, int, int, int]]:
    """The facts by queue."""
    sums = (Fact.offered, Fact.answered, Fact.abandoned, Fact.wait_s_answered, Fact.talk_s)
    with transaction() as session:
        by = select(Fact.queue, *(func.sum(column) for column in sums)).group_by(Fact.queue)
        return sorted(tuple(row) for row in session.execute(by))
