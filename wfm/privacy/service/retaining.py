"""Retention: what each class of data loses when its time is over, in the order in which figures outlive it.

First what figures need of agents is kept, then lines are redacted, then states, keys and the rest go. Each part is many
small transactions and may be repeated; nothing is remembered but what the database says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.service import leaving
from wfm.accounts.service.audit import record
from wfm.accounts.service.sealing import drop_sealed_days
from wfm.core.clock import berlin_day, now, start_of_day
from wfm.core.db import transaction
from wfm.core.errors import Conflict
from wfm.core.locks import one_at_a_time
from wfm.core.log import get_logger
from wfm.directory.service.uploads import count_uploads, forget_uploads
from wfm.forecasting.service.keeping import count_old_forecasts, drop_old_forecasts
from wfm.privacy.models import RetentionRun
from wfm.privacy.rules.redaction import Step
from wfm.privacy.service import deleting, keys, redacting, states
from wfm.privacy.service.agreed import days_ago, retention_days
from wfm.reporting.agent_groups import keep_months
from wfm.reporting.service.agent_history import count_agent_days, delete_agent_days, keep_wrapups, whole_from

log = get_logger(__name__)

#: What is counted, in German, in the order in which it is done.
COUNTS = {
    "wrapups_kept": "Nachbearbeitungszeiten festgehalten, bevor Namen gehen",
    "group_months_kept": "Monatsberichte von Gruppen festgehalten, bevor Tage gehen",
    "agent_days_deleted": "Tage von Beschäftigten gelöscht",
    "numbers_gone": "Rohzeilen ohne Rufnummer",
    "lines_redacted": "Rohzeilen ohne Prüfwert und Namen",
    "lines_failed": "Rohzeilen, die sich nicht ohne Schaden für eine Zahl schwärzen ließen",
    "spans_deleted": "Zeiten angemeldet oder in Pause gelöscht",
    "states_deleted": "Zustandswechsel der Agenten gelöscht",
    "state_lines_emptied": "Rohzeilen ohne Zustand",
    "quarantined_masked": "nicht lesbare Zeilen ohne Rufnummern",
    "quarantined_dropped": "nicht lesbare Zeilen gelöscht",
    "keys_deleted": "Schlüssel für Rufnummern-Prüfwerte gelöscht",
    "calls_deleted": "Anrufe endgültig abgerechneter Monate gelöscht",
    "sums_deleted": "Summen gelöscht",
    "forecasts_deleted": "Prognosen gelöscht",
    "files_deleted": "Monatsberichte als Datei gelöscht",
    "aliases_deleted": "Namen in Telefonanlagen gelöscht",
    "accounts_nameless": "gesperrte Konten ohne Namen",
    "sessions_deleted": "beendete Anmeldungen gelöscht",
    "uploads_deleted": "hochgeladene Dateien gelöscht, die niemand übernommen hat",
    "audit_dropped": "Einträge des Zugriffsprotokolls gelöscht",
    "runs_deleted": "Einträge dieses Protokolls gelöscht",
}


class Horizons:
    """Before which instant each class is over, at a moment."""

    def __init__(self, days: dict[str, int], moment: datetime) -> None:
        self.moment, self.days = moment, days
        #: Counted to the minute from receipt, so that 0 days means now and 1 day means 24 hours.
        self.number = moment - timedelta(days=days["caller_number"])
        self.line = moment - timedelta(days=days["raw_event"])
        self.quarantine = moment - timedelta(days=days["quarantine"])
        self.upload = moment - timedelta(days=days["import_draft"])
        #: By whole days in Berlin, since figures of days rest on them.
        self.state = days_ago(moment, days["agent_state"])
        self.today = berlin_day(moment)

    @property
    def wrapup(self) -> datetime:
        """Days before it may lose names or states."""
        return max(self.state, start_of_day(berlin_day(self.line) + timedelta(days=1)))


def redact_numbers() -> int:
    """Only the most urgent part: numbers whose time is over. 0 where a run is going on already."""
    with one_at_a_time("wfm.privacy") as mine:
        if not mine:
            return 0
        with transaction() as session:
            at = Horizons(retention_days(session), now())
        deleting.mask_quarantine(at.number)
        return redacting.redact(Step.NUMBER, at.number, at.days, at.moment)["lines"]


def retain(*, by: str, dry_run: bool = False) -> dict[str, int]:
    """Take away what is over in every class; counts by what was done, or would be. Raises Conflict while one runs."""
    with one_at_a_time("wfm.privacy") as mine:
        if not mine:
            raise Conflict("retention.running", "Die Aufbewahrung läuft gerade; bitte später noch einmal.")
        with transaction() as session:
            at = Horizons(retention_days(session), now())
            if dry_run:
                return {name: count(session, at) for name, count in WOULD.items()} | {
                    name: count(session, days_ago(at.moment, at.days[data_class]))
                    for name, (count, _, data_class) in _REST.items()
                }
        return _run(at, by)


def _run(at: Horizons, by: str) -> dict[str, int]:
    counts = dict.fromkeys(COUNTS, 0)
    with transaction() as session:
        days = states.days_with_names(session, berlin_day(at.wrapup))
    for start in range(0, len(days), 10):
        with transaction() as session:
            counts["wrapups_kept"] += keep_wrapups(session, days[start : start + 10])
    with transaction() as session:
        counts["group_months_kept"] = keep_months(session, berlin_day(at.state), at.today)
        if days or count_agent_days(session, berlin_day(at.wrapup)):
            whole_from(session, berlin_day(at.wrapup))
        counts["agent_days_deleted"] = delete_agent_days(session, berlin_day(at.state))
    for step, before, name in (
        (Step.NUMBER, at.number, "numbers_gone"),
        (Step.LINE, at.line, "lines_redacted"),
    ):
        done = redacting.redact(step, before, at.days, at.moment)
        counts[name] = done["lines"]
        counts["lines_failed"] += done["failed"]
    counts["spans_deleted"] = states.delete_spans(at.state)
    counts["states_deleted"] = states.delete_events(at.state)
    counts["state_lines_emptied"] = redacting.redact(Step.STATE, at.state, at.days, at.moment)["lines"]
    counts["quarantined_masked"] = deleting.mask_quarantine(at.number)
    counts["quarantined_dropped"] = deleting.drop_quarantine(at.quarantine)
    with transaction() as session:
        counts["keys_deleted"] = keys.delete_expired(session, at.today, at.days["repeat_calls"])
    counts["calls_deleted"] = deleting.delete_calls(at.moment - timedelta(days=at.days["stay"]))
    with transaction() as session:
        for name, (_, delete, data_class) in _REST.items():
            counts[name] = delete(session, days_ago(at.moment, at.days[data_class]))
        counts["uploads_deleted"] = forget_uploads(session, at.upload)
        counts["forecasts_deleted"] = drop_old_forecasts(session, at.days["forecast"])
        counts["audit_dropped"] = drop_sealed_days(session, at.days["audit"])
        session.add(RetentionRun(started_at=at.moment, ended_at=now(), counts=counts))
        done_something: dict[str, object] = {name: count for name, count in counts.items() if count}
        record(session, by, "retention.run", object_kind="retention", details=done_something)
    log.info("retention.done", **done_something)
    return counts


#: What goes at once, by whole days in Berlin: how it is counted, how it is done, and the class whose days count.
_REST: dict[str, tuple[Callable[[Session, datetime], int], Callable[[Session, datetime], int], str]] = {
    "sums_deleted": (deleting.count_sums, deleting.delete_sums, "settlement"),
    "files_deleted": (deleting.count_files, deleting.delete_files, "report_file"),
    "aliases_deleted": (deleting.count_aliases, deleting.delete_aliases, "agent_alias"),
    "accounts_nameless": (leaving.count_with_names, leaving.take_names, "account"),
    "sessions_deleted": (deleting.count_sessions, deleting.delete_sessions, "login_session"),
    "runs_deleted": (deleting.count_runs, deleting.delete_runs, "audit"),
}


#: What a run would do besides, counted. Lines are those that would be looked at: not each of them names somebody.
WOULD: dict[str, Callable[[Session, Horizons], int]] = {
    "agent_days_deleted": lambda session, at: count_agent_days(session, berlin_day(at.state)),
    "numbers_gone": lambda session, at: redacting.due(session, Step.NUMBER, at.number),
    "lines_redacted": lambda session, at: redacting.due(session, Step.LINE, at.line),
    "spans_deleted": lambda session, at: states.count_spans(session, at.state),
    "states_deleted": lambda session, at: states.count_events(session, at.state),
    "state_lines_emptied": lambda session, at: redacting.due(session, Step.STATE, at.state),
    "uploads_deleted": lambda session, at: count_uploads(session, at.upload),
    "quarantined_dropped": lambda session, at: deleting.count_quarantine(session, at.quarantine),
    "keys_deleted": lambda session, at: keys.count_expired(session, at.today, at.days["repeat_calls"]),
    "calls_deleted": lambda session, at: deleting.count_calls(session, at.moment - timedelta(days=at.days["stay"])),
    "forecasts_deleted": lambda session, at: count_old_forecasts(session, at.days["forecast"]),
}


def latest_runs(session: Session, most: int = 14) -> Sequence[RetentionRun]:
    """What the last runs took away, newest first."""
    return session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(most)).all()
