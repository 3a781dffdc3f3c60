"""What is known of a call beside its stays: the more trusted source is believed, whoever spoke first."""

from __future__ import annotations

from tests.queues.notation import STREAMS
from wfm.core.clock import SECOND
from wfm.queues.rules.calls import fold_calls
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import TelephonyEvent, pack_ref

AT = 1_780_988_712 * SECOND
LOG, CDR = 1, 5


def test_the_log_is_believed_although_the_call_record_begins_earlier():
    events = [
        TelephonyEvent(AT, pack_ref(CDR, 0), ev.CALL_OFFERED, "c1", "burgdorf", dialled="115", service="hundesteuer"),
        TelephonyEvent(AT + SECOND, pack_ref(LOG, 0), ev.CALL_DIALLED, "c1", "burgdorf", dialled="05136898"),
        TelephonyEvent(AT + SECOND, pack_ref(LOG, 60), ev.CALL_OFFERED, "c1", "burgdorf", caller="05136000447"),
    ]
    (call,) = fold_calls("c1", events, STREAMS, {}, AT + SECOND)
    assert (call.dialled, call.caller, call.service) == ("05136898", "05136000447", "hundesteuer")
    assert [stay.queue for stay in call.stays] == ["burgdorf"]


def test_within_one_source_the_first_word_counts():
    events = [
        TelephonyEvent(AT, pack_ref(LOG, 0), ev.CALL_DIALLED, "c1", "burgdorf", dialled="05136898"),
        TelephonyEvent(AT, pack_ref(LOG, 60), ev.CALL_OFFERED, "c1", "burgdorf"),
        TelephonyEvent(AT + 9 * SECOND, pack_ref(LOG, 99), ev.CALL_DIALLED, "c1", "garbsen", dialled="05131"),
    ]
    (call,) = fold_calls("c1", events, STREAMS, {}, AT + 9 * SECOND)
    assert call.dialled == "05136898"
