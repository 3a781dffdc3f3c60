"""Real servers for the tests: the bundled ones, in a folder of their own, started by the first test that needs them.

All xdist workers share them, each test gets a database of its own, copied from one that was migrated once. Hundreds of
databases are hundreds of thousands of files, so the folder lies in memory where there is room (Linux: /dev/shm). With
WFM_TEST_DATABASE_URL (and WFM_TEST_REDIS_URL) servers of one's own are used instead; databases are made beside the
one named, whose role must be allowed to make databases and roles.

Tests work with the rights of `wfm_app`, so that a missing grant shows; `embedded.owner_url()` is their database as the
owner of its tables.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2s
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest
import redis
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.pool import NullPool

import wfm
from wfm.accounts.service import people
from wfm.core import db, embedded, migrations, revisions

# Hundreds of people sign in: what makes guessing dear would make the suite slow. tests/accounts/test_people.py has the
# parameters of production.
people._hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)

# Hypothesis makes examples of the constants in those of our modules that are loaded: load all, or examples would depend
# on which tests a process has run before.
for found in pkgutil.walk_packages(wfm.__path__, "wfm."):
    import_module(found.name)

# The same examples on every machine, and no clock: a slow machine must not fail a test.
settings.register_profile("wfm", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wfm")

#: Of a developer's environment only what is meant for the tests stays.
KEPT = ("WFM_BROWSER", "WFM_SCREENSHOTS")


#: The application's rights on a server of one's own, whose `wfm_app` keeps whatever password it has.
TEST_ROLE, TEST_PASSWORD = "wfm_tests", "only for tests, never elsewhere"


Run = Callable[[str], list]


class Template(NamedTuple):
    """The database that others are copied from, as its owner and as the application; and who runs statements on it."""

    owner: URL
    app: URL
    run: Run


def pytest_configure(config: pytest.Config) -> None:
    """The environment of the whole run; workers inherit it from the process that starts them."""
    if hasattr(config, "workerinput"):
        return
    for name in [name for name in os.environ if name.startswith("WFM_") and not name.startswith(("WFM_TEST_", *KEPT))]:
        del os.environ[name]
    # Whoever keeps no byte code has it compiled anew by every process, and tests start hundreds.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    home = tempfile.mkdtemp(prefix="wfm-tests-", dir=_memory())
    os.chmod(home, 0o755)  # root's servers run as another user
    os.environ |= {"WFM_HOME": home, "WFM_EMBEDDED_FSYNC": "off", "WFM_SECRET": "only for tests, never elsewhere"}
    os.environ["WFM_REQUESTS_FACTOR"] = "100"  # thousands of requests a minute, all from one address
    if own := os.environ.get("WFM_TEST_REDIS_URL"):
        os.environ["WFM_REDIS_URL"] = own
    if own := os.environ.get("WFM_TEST_DATABASE_URL"):
        app = make_url(own).set(username=TEST_ROLE, password=TEST_PASSWORD)
        os.environ["WFM_OWNER_DATABASE_URL"] = own
        os.environ["WFM_DATABASE_URL"] = app.render_as_string(hide_password=False)


def _memory() -> Path | None:
    """A folder in memory with 2 GiB free that programs may be started from: None where there is none, as in Docker."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        return None
    found = os.statvfs(memory)
    return memory if found.f_bavail * found.f_frsize >= 2 << 30 and not found.f_flag & os.ST_NOEXEC else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests and their strategies stay to the end: to look for garbage among them took a tenth of a run."""
    gc.disable()
    gc.set_threshold(50_000, 20, 50)
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        embedded.leave()
        shutil.rmtree(os.environ["WFM_HOME"], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tests that no browser ran are not tests that passed: said where nobody overlooks it."""
    left_out = [report for report in terminalreporter.stats.get("skipped", ()) if "browser" in report.keywords]
    if left_out:
        terminalreporter.section("PAGES WERE NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"No browser was found, so {len(left_out)} tests of pages did not run. Install Chromium "
            "(Debian: apt-get install chromium), or name one: WFM_BROWSER=/path/to/chromium make test"
        )


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    """A migrated, otherwise empty database that nobody works in."""
    server, app = make_url(embedded.owner_url()), make_url(embedded.database_url())
    scripts = b"".join(file.read_bytes() for file in sorted(revisions.SCRIPTS.glob("versions/*.py")))
    name = f"wfm_template_{blake2s(scripts, digest_size=6).hexdigest()}"
    with _maintenance(server) as run:
        run("SELECT pg_advisory_lock(hashtext('wfm.tests'))")
        if not run(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            run(f"DROP DATABASE IF EXISTS {name}_new")
            run(f"CREATE DATABASE {name}_new TEMPLATE template0")
            migrations.upgrade(_text(server.set(database=f"{name}_new")))
            run(f"ALTER DATABASE {name}_new RENAME TO {name}")
        if app.username == TEST_ROLE and not run(f"SELECT to_regrole('{TEST_ROLE}')")[0][0]:
            run(f"CREATE ROLE {TEST_ROLE} LOGIN PASSWORD '{TEST_PASSWORD}' IN ROLE wfm_app")
        run("SELECT pg_advisory_unlock(hashtext('wfm.tests'))")
        yield Template(server.set(database=name), app.set(database=name), run)


@pytest.fixture
def database(template: Template) -> Iterator[str]:
    """A fresh migrated database for one test; `wfm.core.db` and child processes work in it."""
    with _copy_of(template) as url:
        yield url


@pytest.fixture(scope="module")
def module_database(template: Template) -> Iterator[str]:
    """The same for all tests of a module, for those that only read what one of them made."""
    with _copy_of(template) as url:
        yield url


@pytest.fixture
def owner() -> Iterator[Engine]:
    """The database in use, as the owner of its tables: for what the application may not do."""
    engine = create_engine(embedded.owner_url(), poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def valkey(worker_id: str, monkeypatch: pytest.MonkeyPatch) -> redis.Redis:
    """An empty Valkey: every worker has its own number on the one server."""
    number = int(worker_id.removeprefix("gw")) % 16 if worker_id.startswith("gw") else 0
    url = embedded.redis_url().partition("?")[0] + f"?db={number}"
    monkeypatch.setenv("WFM_REDIS_URL", url)
    client = redis.Redis.from_url(url)
    client.flushdb()
    return client


@contextmanager
def _copy_of(template: Template) -> Iterator[str]:
    before = {name: os.environ.get(name, "") for name in ("WFM_DATABASE_URL", "WFM_OWNER_DATABASE_URL")}
    name = f"wfm_test_{os.getpid()}_{next(_numbers)}"
    # Copied as files, a database costs a third of what it costs through the write-ahead log.
    template.run(f"CREATE DATABASE {name} TEMPLATE {template.owner.database} STRATEGY FILE_COPY")
    url = _text(template.app.set(database=name))
    db.use_database(url, _text(template.owner.set(database=name)))
    db._engine = _engine()
    _engine_is_for["dbname"] = name
    try:
        yield url
    finally:
        db.use_database(*before.values())
        template.run(f"DROP DATABASE {name} WITH (FORCE)")


_numbers = iter(range(10**9))


_engine_is_for: dict[str, str] = {}


@cache
def _engine() -> Engine:
    """One engine for the databases of all tests, which connects to the one in use: what it has compiled stays."""
    engine = db.engine()

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, _args: object, given: dict[str, object]) -> None:
        given.update(_engine_is_for)

    return engine


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@contextmanager
def _maintenance(server: URL) -> Iterator[Run]:
    """Statements outside transactions, on the database that is always there."""
    engine = create_engine(
        server.set(database="postgres"), isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0, pool_pre_ping=True
    )

    def run(statement: str) -> list:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return result.all() if result.returns_rows else []

    yield run
    engine.dispose()
