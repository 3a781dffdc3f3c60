"""Raw events without persons: what is not known to be harmless is masked, whatever the vendor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.reporting.rules.masking import masked_event
from wfm.telephony.rules.events import TelephonyEvent

AT = 1_795_468_800
EVENT = TelephonyEvent(
    AT * 1_000_000,
    1,
    "call.offered",
    call=f"{AT}.7",
    queue="Bürgeramt Mitte",
    agent="Anna Kern",
    caller="+495136111222",
)
SHOWN = {"Anna Kern": "Agent 7F3A2C", "+495136111222": "05136 ***"}


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        (
            f"{AT}|{AT}.7|Bürgeramt Mitte|NONE|ENTERQUEUE||+495136111222|3|Erika Mustermann",
            f"{AT}|{AT}.7|Bürgeramt Mitte|NONE|ENTERQUEUE||05136 ***|3|*** ***",
        ),
        (
            f"{AT}|{AT}.7|Bürgeramt Mitte|Anna Kern|CONNECT|18|{AT}.9|4",
            f"{AT}|{AT}.7|Bürgeramt Mitte|Agent 7F3A2C|CONNECT|18|***|4",
        ),
        (
            f"{AT}|{AT}.7|Bürgeramt Mitte|Anna Kern|BLINDTRANSFER|01711234567|ext|18|60|1",
            f"{AT}|{AT}.7|Bürgeramt Mitte|Agent 7F3A2C|BLINDTRANSFER|***|***|18|60|1",
        ),
        (
            '{"data":{"agent":"Anna Kern","queue":"Bürgeramt Mitte","x":"Kern, 0171"}}',
            '{"data":{"agent":"Agent 7F3A2C","queue":"Bürgeramt Mitte","***":"***, 0171"}}',
        ),
        ("2026-09-01 08:15:00.123456;Anna Kern;+495136111222", "2026-09-01 08:15:00.123456;Agent 7F3A2C;05136 ***"),
        ('{"time": "2026-09-01T08:15:00+02:00"}', '{"time": "2026-09-01T08:15:00+02:00"}'),
        ("Anna Kerner|xAnna Kern|+495136111222333", "*** ***|*** ***|***"),
    ],
)
def test_lines_of_all_kinds(raw: str, masked: str):
    assert masked_event(raw.encode(), EVENT, SHOWN) == masked


def test_what_could_not_be_read_shows_next_to_nothing():
    assert masked_event(b"17|x|y|Kern|WHATEVER|\xff\x00", None, {}) == "17|***|***|***|***|***"


@given(st.text(st.sampled_from('|,; "{}:Kern0123456789+\ue000'), max_size=60))
def test_no_name_and_no_number_gets_through(line: str):
    shown = masked_event(line.encode(), None, {})
    assert "Kern" not in shown
    assert not any(len(digits) > 5 for digits in "".join(c if c.isdigit() else " " for c in shown).split())
