"""A centre of six partners whose calls are few enough to count by hand, read from a queue_log as any other.

| month    | Hannover | Burgdorf | Garbsen | Langenhagen | Lehrte | Sehnde |
| 2025-09  |          |    2     |    1    |             |        |        |
| 2026-08  |    4     |    3     |         |             |        |        |
| 2026-09  |   10     |    6     |    5    |      4      |    4   |    3   |

Of each month's calls of a partner the last one is abandoned after 40 s, the others wait 20 s and talk 90 s. Two of
September are nobody's: one comes from Burgdorf's area code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from tests.api.conftest import Caller, signed_in
from wfm import ingest
from wfm.app import create_app
from wfm.core.clock import BERLIN
from wfm.core.db import transaction
from wfm.directory.service import load_base_data, run_import

PARTNERS = {"03241001": 1, "03241003": 3, "03241005": 5, "03241010": 10, "03241011": 11, "03241016": 16}
HANNOVER, BURGDORF, GARBSEN, *_ = PARTNERS
CALLS = {
    (2025, 9): dict(zip(PARTNERS, (0, 2, 1, 0, 0, 0), strict=True)),
    (2026, 8): dict(zip(PARTNERS, (4, 3, 0, 0, 0, 0), strict=True)),
    (2026, 9): dict(zip(PARTNERS, (10, 6, 5, 4, 4, 3), strict=True)),
}
TODAY = datetime(2026, 10, 5, 9, tzinfo=BERLIN)

Ask = Callable[..., Caller]


def lines() -> Iterator[str]:
    for (year, month), partners in CALLS.items():
        first = round(datetime(year, month, 1, 8, tzinfo=BERLIN).timestamp())
        for place, (key, count) in enumerate(partners.items()):
            for number in range(count):
                at = first + number * 86_400 + place * 600
                call, queue = f"{at}.{PARTNERS[key]}", "zentrale"
                yield f"{at}|{call}|{queue}|NONE|DID|{dialled(key)}"
                yield f"{at}|{call}|{queue}|NONE|ENTERQUEUE||+4951361234567|1"
                if number == count - 1:
                    yield f"{at + 40}|{call}|{queue}|NONE|ABANDON|1|1|40"
                else:
                    yield f"{at + 20}|{call}|{queue}|Kern|CONNECT|20|{call}|3"
                    yield f"{at + 110}|{call}|{queue}|Kern|COMPLETECALLER|20|90|1"
    for number, caller in enumerate(("+495085123456", "+4930123456")):
        at = round(datetime(2026, 9, 28 + number, 15, tzinfo=BERLIN).timestamp())
        yield f"{at}|{at}.99|zentrale|NONE|ENTERQUEUE||{caller}|1"
        yield f"{at + 5}|{at}.99|zentrale|NONE|ABANDON|1|1|5"


def dialled(key: str) -> str:
    return f"495119990{PARTNERS[key]:02d}"


def fill(folder: Path) -> None:
    """The centre in the database that is in use."""
    numbers = "".join(f"+{dialled(key)};{key};2025-01-01;\n" for key in PARTNERS)
    with transaction() as session:
        load_base_data(session)
        run_import(session, "numbers", f"number;partner;valid_from;valid_to\n{numbers}")
        run_import(session, "queues", "queue;label;wrapup_s;partner;valid_from;valid_to\nzentrale;Zentrale;;;;\n")
    log = folder / "queue_log"
    log.write_text("\n".join(lines()) + "\n")
    ingest.ingest_log(log, "pbx")
    ingest.count_facts()


@pytest.fixture(scope="session")
def app() -> Flask:
    app = create_app()
    app.testing = False  # errors are answered as they are in earnest
    return app


@pytest.fixture(scope="module")
def centre(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    fill(tmp_path_factory.mktemp("log"))


@pytest.fixture
def today() -> Iterator[None]:
    """The fifth of October 2026: September has ended, and three working days are over (the third is a Saturday)."""
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def ask(app: Flask, centre: None, today: None) -> Ask:
    """Somebody of a role in a browser; a municipality is Burgdorf."""
    return lambda role, **grant: signed_in(app, role, **grant)
