"""The bundled PostgreSQL and Valkey as their keeper sees them: data, start, life, stop.

Who needs them, and when they may stop, is the matter of `wfm.core.embedded`.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2s
from pathlib import Path
from typing import IO

from wfm.core import programs
from wfm.core.errors import ServerTrouble
from wfm.core.parent import end_with_parent

PG_MAJOR = "18"

#: Each server's own folder is its working directory, so it needs no right to enter the folders above.
HERE = "/proc/self/cwd" if Path("/proc/self/cwd").exists() else "."

#: What a Unix socket's address (about 100 bytes) and every client's URL take without quoting.
PLAIN_PATH = re.compile(r"[\w/.-]{1,80}", re.ASCII)

#: The cluster's superuser, to whom all tables belong; only migrations connect as it.
OWNER = "wfm_owner"
#: Who the application connects as. What it may do is said by the migration `roles_and_seals`.
APP = "wfm_app"

#: Homes from before there were roles have a superuser `wfm`. Nobody can rename the role that they are, hence the second
#: one. Here and below one line each: PostgreSQL's single-user mode ends a statement there.
RENAME_OWNER = (
    "DO $$ BEGIN IF to_regrole('wfm') IS NOT NULL THEN"
    " CREATE ROLE wfm_renaming SUPERUSER; SET SESSION AUTHORIZATION wfm_renaming;"
    f" ALTER ROLE wfm RENAME TO {OWNER};"
    " RESET SESSION AUTHORIZATION; DROP ROLE wfm_renaming; END IF; END $$;"
)
CREATE_APP = f"DO $$ BEGIN IF to_regrole('{APP}') IS NULL THEN CREATE ROLE {APP} LOGIN; END IF; END $$;"

INITDB = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8", "--no-sync"]


@dataclass
class Server:
    """A running server: started again if it dies, ended by its own signal."""

    name: str
    command: Sequence[str | Path]
    end: signal.Signals
    is_ready: Callable[[int], bool]
    spawn: Callable[..., subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start and wait until it answers. A server that ends at once is tried again for ten seconds: after a crash
        its old children may still be leaving."""
        give_up = time.monotonic() + 10
        while True:
            self.process = self.spawn(self.command, self.name, end=self.end)
            while self.process.poll() is None:
                if self.is_ready(self.process.pid):
                    return
                time.sleep(0.02)
            if time.monotonic() > give_up:
                raise ServerTrouble("embedded.no_start", f"{self.name} startet nicht, siehe log/{self.name}.log.")
            time.sleep(0.3)

    def restart_if_dead(self) -> None:
        if self.process is None or self.process.poll() is not None:
            self.start()

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.end)

    def wait_for_stop(self) -> None:
        """Wait for a clean end, but not for ever: both servers recover from a hard one."""
        if self.process:
            for last_word in (signal.SIGQUIT, signal.SIGKILL):
                try:
                    self.process.wait(timeout=60)
                    return
                except subprocess.TimeoutExpired:
                    self.process.send_signal(last_word)
            self.process.wait()


class Servers:
    """Both servers of one WFM_HOME, as their keeper sees them.

    `lock` is a locked file that every server process inherits: the lock stays until the last of them is gone, orphans
    of a killed keeper included. Whoever gets it knows that nobody writes in these folders.
    """

    def __init__(self, home: Path, lock: int) -> None:
        self.home, self.lock = home, lock
        self.data, self.queue = home / "postgres", home / "valkey"
        self.account = programs.Account.for_data(self.data)
        postgres, valkey = programs.find(home, self.account)
        self.postgres, self.sockets = postgres, self._socket_folder()
        durable = os.environ.get("WFM_EMBEDDED_FSYNC") != "off"
        self.running = [
            Server(
                "valkey",
                _valkey_command(valkey, self.sockets, durable),
                signal.SIGTERM,
                lambda _: _answers_ping(self.sockets / "valkey"),
                lambda *args, **kwargs: self._spawn(self.queue, *args, **kwargs),
            ),
            Server(
                "postgres",
                _postgres_command(postgres / "postgres", self.sockets, durable),
                signal.SIGINT,  # fast shutdown; SIGTERM would wait for clients
                lambda pid: _postmaster_is_ready(self.data / "postmaster.pid", pid),
                lambda *args, **kwargs: self._spawn(self.data, *args, **kwargs),
            ),
        ]

    def start(self) -> dict[str, str]:
        """Start both, making their data first if there are none; the addresses they answer at."""
        self._give(self.queue, may_exist=True)
        passwords = self._prepare_postgres()
        for server in self.running:
            server.start()
        return {
            "database_url": f"postgresql+psycopg://{APP}:{passwords[APP]}@/wfm?host={self.sockets}",
            "owner_url": f"postgresql+psycopg://{OWNER}:{passwords[OWNER]}@/wfm?host={self.sockets}",
            "redis_url": f"unix://{self.sockets}/valkey?db=0",
        }

    def restart_the_dead(self) -> None:
        for server in self.running:
            server.restart_if_dead()

    def stop(self) -> None:
        for server in self.running:
            server.ask_to_stop()
        for server in self.running:
            server.wait_for_stop()
        if self.sockets.parent != self.home:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _prepare_postgres(self) -> dict[str, str]:
        """A data folder of the right version, a database, and the passwords of its roles that alone open it."""
        # We hold the lock, so whatever process has the number in this file now, it is no PostgreSQL of ours.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        if not self.data.exists():
            self._initialise()
        if (found := (self.data / "PG_VERSION").read_text().strip()) != PG_MAJOR:
            raise ServerTrouble(
                "embedded.wrong_version",
                f"Die Daten in „{self.data}“ sind von PostgreSQL {found}, mitgeliefert ist {PG_MAJOR}: "
                "bitte mit der alten Fassung sichern (pg_dump) und in ein leeres WFM_HOME einspielen.",
            )
        kept = {role: self.home / f"{role}.password" for role in (OWNER, APP)}
        if not kept[APP].exists():  # the last thing that is written
            self._make_roles(kept)
        return {role: file.read_text() for role, file in kept.items()}

    def _make_roles(self, kept: dict[str, Path]) -> None:
        """The roles with new passwords and, unless this home is older than they are, the database. Can be repeated."""
        before = self.home / "postgres.password"
        passwords = {role: secrets.token_hex(24) for role in kept}
        wishes = [RENAME_OWNER, CREATE_APP]
        wishes += [f"ALTER ROLE {role} PASSWORD '{password}';" for role, password in passwords.items()]
        if not before.exists():
            wishes.append("CREATE DATABASE wfm;")
        command: list[str | Path] = [self.postgres / "postgres", "--single", "-D", HERE, "postgres"]
        self._run(self.data, command, "".join(f"{wish}\n" for wish in wishes))
        for role, file in kept.items():
            file.write_text(passwords[role])  # 0600: the keeper's umask
        before.unlink(missing_ok=True)

    def _initialise(self) -> None:
        """A new cluster. It gets its name only when whole: a killed start leaves nothing half done behind."""
        unfinished = self.home / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._give(unfinished)
        # No one may connect until the password is set; then only with it.
        command: list[str | Path] = [
            self.postgres / "initdb",
            "-D",
            HERE,
            f"--username={OWNER}",
            "--auth=reject",
            *INITDB,
        ]
        self._run(unfinished, command)
        (unfinished / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        unfinished.rename(self.data)

    def _run(self, folder: Path, command: Sequence[str | Path], words: str = "") -> None:
        with tempfile.TemporaryFile() as given:
            given.write(words.encode())
            given.seek(0)
            if self._spawn(folder, command, "postgres", stdin=given).wait() != 0:
                tool = Path(command[0]).name
                raise ServerTrouble(
                    "embedded.no_data", f"{tool} ist gescheitert, siehe „{self.home}/log/postgres.log“."
                )

    def _spawn(
        self,
        folder: Path,
        command: Sequence[str | Path],
        name: str,
        *,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        end: signal.Signals = signal.SIGTERM,
    ) -> subprocess.Popen[bytes]:
        with (self.home / "log" / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=folder,
                stdin=stdin,
                stdout=log,
                stderr=log,
                pass_fds=[self.lock],
                # preexec_fn runs after the change of user, which would clear it
                preexec_fn=partial(end_with_parent, os.getpid(), end),
                **(self.account.for_popen() if self.account else {}),
            )

    def _give(self, folder: Path, *, may_exist: bool = False) -> None:
        """Make a folder that belongs to the servers alone."""
        folder.mkdir(mode=0o700, exist_ok=may_exist)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)

    def _socket_folder(self) -> Path:
        """Inside WFM_HOME if its path is short and plain, else a folder in /tmp, always the same, so that processes
        find the way back after a restart. It is made anew, so nobody can have prepared it."""
        folder = self.home / "run"
        if not PLAIN_PATH.fullmatch(str(folder)) or (self.account and not self.account.may_enter(self.home)):
            folder = Path(f"/tmp/wfm-{os.geteuid()}-{blake2s(os.fsencode(self.home), digest_size=8).hexdigest()}")  # noqa: S108
        shutil.rmtree(folder, ignore_errors=True)
        self._give(folder)
        return folder


def _postgres_command(program: Path, sockets: Path, durable: bool) -> list[str | Path]:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if not durable:
        options |= {"fsync": "off", "full_page_writes": "off"}  # survives a kill -9, not a power cut
    return [program, "-D", HERE, *(word for name, value in options.items() for word in ("-c", f"{name}={value}"))]


def _valkey_command(program: Path, sockets: Path, durable: bool) -> list[str | Path]:
    words = f"--port 0 --unixsocket {sockets}/valkey --unixsocketperm 700 --maxmemory-policy noeviction"
    return [program, *words.split(), "--save", "", "--appendonly", "yes" if durable else "no"]


def _postmaster_is_ready(file: Path, pid: int) -> bool:
    """PostgreSQL tells its state in the eighth line of its pid file, as pg_ctl reads it."""
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _answers_ping(path: Path) -> bool:
    """Valkey takes connections while it still loads; it says PONG when it is done."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
    except OSError:
        return False
