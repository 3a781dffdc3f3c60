"""What a process imports when it starts: quicker and smaller for what it leaves to those who need it."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Only for what is reckoned, solved, drawn or written, and only when it is. numpy is what planning is written in: the
#: worker brings it, so that its children share it; pages name planning through `service`, which waits for a request.
HEAVY = {
    *("scipy", "pandas", "polars", "statsmodels", "statsforecast"),
    *("ortools", "highspy", "simpy", "numba"),
    *("matplotlib", "xlsxwriter", "openpyxl", "weasyprint", "holidays", "phonenumbers", "pikepdf", "typst"),
}


@pytest.mark.parametrize(
    ("start", "besides"),
    [
        ("from wfm.app import create_app; create_app()", {"numpy", "alembic", "gunicorn"}),
        ("from worker import app; app.loader.import_default_modules()", {"flask", "alembic", "gunicorn"}),
        ("import wfm.ingest", {"flask", "celery", "alembic", "gunicorn", "numpy"}),
        ("import wfm.cli", {"numpy", "flask", "celery", "alembic", "gunicorn", "sqlalchemy", "psycopg", "marshmallow"}),
    ],
    ids=["web process", "worker", "intake", "command line"],
)
def test_nothing_heavy_is_imported_at_start(start: str, besides: set[str], valkey: object) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"{start}; import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not (HEAVY | besides) & set(loaded)


def test_planning_is_imported_when_first_named() -> None:
    code = (
        "import sys; from wfm.staffing import service; before = 'numpy' in sys.modules; service.figures.together;"
        "print(before, 'numpy' in sys.modules, hasattr(service, 'no_such_module'))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["False", "True", "False"]
