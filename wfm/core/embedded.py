"""One PostgreSQL and one Valkey for all processes of a WFM_HOME, started by the first and stopped after the last.

A process that asks for an address becomes a *user*: it holds a shared lock until it ends. The first user starts a
*keeper*, a small process of its own session, so that whoever came first may also leave first. The keeper starts the
servers and tries again and again for the same lock, exclusively; when it gets it, no user is left. Locks (flock) end
with their process, however it ends, so nothing has to be tidied up after a `kill -9`:

| file | held by | says |
|---|---|---|
| locks/users | users, shared; keeper while stopping | servers are needed / are going down, wait |
| locks/start | the one user who starts a keeper | ask again when I am done |
| locks/servers | keeper and every server process (inherited) | somebody may still write to the data |
| servers.json | the keeper that wrote it | these addresses answer |

A user that forks (gunicorn, Celery) shares its lock with its children: it ends with the last of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from wfm.core.config import make_home, settings
from wfm.core.errors import ServerTrouble, WfmError

#: How often the keeper looks whether a user is left and the servers live.
LOOK_EVERY_S = 0.2

#: What servers may see of the environment: PG* and PYTHON* of the user would lead them astray.
_PASSED_ON = ("PATH", "HOME", "LD_LIBRARY_PATH", "WFM_EMBEDDED_FSYNC")

_held: dict[Path, int] = {}


def database_url() -> str:
    """Where PostgreSQL answers, for SQLAlchemy: the one of WFM_DATABASE_URL, else the bundled one, started if needed.

    The application's role, which may not rewrite the audit trail. Cheap enough to be asked again: it also brings
    servers back whose keeper was killed.
    """
    given = settings().database_url
    return _addresses()["database_url"] if given is None else _for_sqlalchemy(given)


def owner_url() -> str:
    """The same database as the role that owns its tables: for migrations, and for nothing else.

    On a server of one's own that of WFM_OWNER_DATABASE_URL, else WFM_DATABASE_URL, if one role has to do for both.
    """
    given = settings()
    if given.database_url is None:
        if given.owner_database_url is not None:
            raise ServerTrouble(
                "config.owner_alone", "WFM_OWNER_DATABASE_URL ist gesetzt, WFM_DATABASE_URL nicht: bitte beide setzen."
            )
        return _addresses()["owner_url"]
    return _for_sqlalchemy(given.owner_database_url or given.database_url)


def _for_sqlalchemy(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return f"postgresql+psycopg{mark}{rest}" if scheme in ("postgres", "postgresql") else url


def redis_url() -> str:
    """Where Valkey answers, for redis-py: the one of WFM_REDIS_URL, else the bundled one, started if needed."""
    return settings().redis_url or _addresses()["redis_url"]


def celery_url() -> str:
    """The same Valkey as `redis_url`, in the spelling of Celery."""
    scheme, _, rest = redis_url().partition("://")
    return f"redis+socket://{rest.replace('?db=', '?virtual_host=')}" if scheme == "unix" else f"{scheme}://{rest}"


def leave() -> None:
    """Stop being a user, and return when the servers are down, or at once if somebody else needs them.

    Ending the process does the same without waiting. For the supervisor, which promises to stop all of it.
    """
    home = settings().home
    if home in _held:
        os.close(_held.pop(home))
    if not (home / "locks").exists():
        return
    while _living_addresses(home) is not None:
        with _locked(home, "users", fcntl.LOCK_EX | fcntl.LOCK_NB) as nobody_left:
            pass
        if nobody_left is None and _living_addresses(home) is not None:
            return
        time.sleep(LOOK_EVERY_S / 4)
    with _locked(home, "servers", fcntl.LOCK_SH):
        return


# ---- the user's side ------------------------------------------------------------------------------------------------


def _addresses() -> dict[str, str]:
    home = settings().home
    try:
        if home not in _held:
            _held[home] = _become_user(home)
        if found := _living_addresses(home):
            return found
        with _locked(home, "start", fcntl.LOCK_EX):
            return _living_addresses(home) or _start_keeper(home)
    except OSError as error:
        raise ServerTrouble(
            "embedded.no_access", f"Die mitgelieferten Server in WFM_HOME „{home}“ sind nicht zu erreichen: {error}."
        ) from error


def _become_user(home: Path) -> int:
    """The shared lock that keeps the servers up; waits while a keeper is stopping them."""
    make_home(home)
    for folder in ("locks", "log"):
        (home / folder).mkdir(mode=0o700, exist_ok=True)
    if (home / "locks").stat().st_uid != os.geteuid():
        raise ServerTrouble(
            "embedded.foreign_home",
            f"WFM_HOME „{home}“ gehört einem anderen Benutzer: bitte als dieser arbeiten, oder WFM_HOME anders setzen.",
        )
    # A bare descriptor: it stays open until the process ends, and programs started by it do not inherit it.
    users = os.open(home / "locks/users", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def _living_addresses(home: Path) -> dict[str, str] | None:
    """The addresses, if their keeper lives. It holds a lock on the very file it wrote them to, so addresses that a
    killed keeper left behind cannot be taken for good ones."""
    try:
        file = (home / "servers.json").open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            addresses: dict[str, str] = json.load(file)
            return addresses
    return None


def _start_keeper(home: Path) -> dict[str, str]:
    """Start a keeper and wait for its first and only words: the addresses, or what went wrong."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {"WFM_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2]), "LC_ALL": "C"}
    with (home / "log/keeper.log").open("ab") as log:
        said = subprocess.run(
            [sys.executable, "-m", "wfm.core.embedded"],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C at the terminal is for the users
            check=False,
        ).stdout
    words: dict[str, str] = json.loads(said or "{}")
    if "database_url" not in words:
        unknown = f"Die mitgelieferten Server starten nicht, siehe „{home / 'log'}“."
        raise ServerTrouble(words.get("code", "embedded.no_start"), words.get("message", unknown))
    return words


@contextlib.contextmanager
def _locked(home: Path, name: str, how: int) -> Iterator[int | None]:
    """One of the locks for the length of a block; None where it is taken and `how` says not to wait."""
    lock = os.open(home / "locks" / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, how)
        yield lock
    except BlockingIOError:
        yield None
    finally:
        os.close(lock)


# ---- the keeper's side ----------------------------------------------------------------------------------------------


def main() -> None:
    """`python -m wfm.core.embedded`: keep the servers of WFM_HOME as long as they have users."""
    if os.fork():
        os._exit(0)  # an orphan at once: none of the users has to collect it
    os.umask(0o077)
    signal.signal(signal.SIGTERM, _end)
    home = settings().home
    lock = os.open(home / "locks/servers", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait_for_orphans(lock)
        _keep(home, lock)
    except WfmError as trouble:
        _report({"code": trouble.code, "message": trouble.message})
    except (OSError, subprocess.SubprocessError) as trouble:
        _report({"code": "embedded.no_start", "message": f"Die mitgelieferten Server starten nicht: {trouble}."})
        raise


def _wait_for_orphans(lock: int) -> None:
    """Get the servers' lock for ourselves: the servers of a killed keeper end with it, but need a moment."""
    give_up = time.monotonic() + 60
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            if time.monotonic() > give_up:
                message = "Server eines früheren Starts laufen noch und enden nicht: bitte von Hand beenden."
                raise ServerTrouble("embedded.orphans", message) from busy
            time.sleep(0.05)


def _keep(home: Path, lock: int) -> None:
    from wfm.core.servers import Servers

    servers = Servers(home, lock)
    try:
        addresses = servers.start()
        with _published(home, addresses):
            _report(addresses)
            while True:
                with _locked(home, "users", fcntl.LOCK_EX | fcntl.LOCK_NB) as nobody_left:
                    if nobody_left is not None:
                        (home / "servers.json").unlink(missing_ok=True)
                        servers.stop()
                        return
                servers.restart_the_dead()
                time.sleep(LOOK_EVERY_S)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        servers.stop()


@contextlib.contextmanager
def _published(home: Path, addresses: dict[str, str]) -> Iterator[None]:
    """The addresses in servers.json, under a lock that says that we live; locked before anybody can see it."""
    new = home / "servers.json.new"
    with new.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump(addresses, file)
        file.flush()
        new.rename(home / "servers.json")
        yield


def _report(words: dict[str, str]) -> None:
    """Tell the user who waits for us, who may be gone; then let go of its pipe."""
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(words), flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
