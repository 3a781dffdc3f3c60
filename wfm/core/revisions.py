"""Whether a database is at the newest revision. Asked at every start, so without Alembic, which takes longer to import
than most starts have to do with it: that a migration's file is named after date, time and revision is enough.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

#: Beside the package in a checkout, inside it when installed from a wheel.
SCRIPTS = next(
    (
        folder
        for folder in (Path(__file__).parents[1] / "_migrations", Path(__file__).parents[2] / "migrations")
        if (folder / "env.py").exists()
    ),
    Path(__file__).parents[2] / "migrations",
)


def newest() -> str:
    """The newest revision: that of the last file, `2026_11_26_0400_settlements_stay.py`."""
    last = max(file.stem for file in (SCRIPTS / "versions").glob("*.py"))
    return last.split("_", 4)[4]


def is_newest(engine: Engine) -> bool:
    """Whether the database is at the newest revision; no, where it has none yet or the role may not read it."""
    with engine.connect() as connection:
        try:
            return connection.scalars(text("SELECT version_num FROM alembic_version")).all() == [newest()]
        except ProgrammingError:
            return False
