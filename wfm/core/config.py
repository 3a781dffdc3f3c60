"""Settings: everything that differs between two installations, read from the environment and nowhere else."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from wfm.core.errors import ServerTrouble

#: Shorter secrets could be guessed, and with them the numbers behind keyed hashes.
MIN_SECRET_BYTES = 16
#: Browsers keep to TLS for a year, with this host only: what else there is under its name is not ours to decide.
HSTS = "max-age=31536000"
_ADDRESS = re.compile(r"https?://[a-z0-9.:\[\]-]+(/[a-z0-9._~/-]+)?", re.ASCII | re.IGNORECASE)
_HSTS = re.compile(r"max-age=\d{1,10}(; includeSubDomains)?(; preload)?", re.ASCII)


@dataclass(frozen=True)
class Oidc:
    """The sign-in service of the administration (OpenID Connect), and who we are there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """One installation.

    | variable | meaning | if unset |
    |---|---|---|
    | WFM_HOME | data, logs and secrets of the bundled servers | ~/.local/share/wfm (root: /var/lib/wfm) |
    | WFM_DATABASE_URL | a PostgreSQL of one's own | the bundled one |
    | WFM_OWNER_DATABASE_URL | the same, as the role that owns the tables; for migrations only | WFM_DATABASE_URL |
    | WFM_REDIS_URL | a Valkey or Redis of one's own | the bundled one |
    | WFM_PROXIES | reverse proxies of one's own before the web server | 0: believe no forwarded address |
    | WFM_HOSTS | names under which the pages are reached, with commas between | any: fine for a machine of one's own |
    | WFM_PUBLIC_URL | address of the pages, for links on paper: https://servicecenter.example | none: no links |
    | WFM_HSTS | what browsers are told over TLS (Strict-Transport-Security) | max-age=31536000: this host for a year |
    | WFM_REQUESTS_FACTOR | how many times the usual number of requests is let in (accounts/rules/requests.py) | 1 |
    | WFM_OIDC_ISSUER, WFM_OIDC_CLIENT_ID, WFM_OIDC_CLIENT_SECRET | the administration's sign-in service | none |
    | WFM_SECRET | key of keyed hashes; changing it makes old hashes worthless | made once, in WFM_HOME/secret |

    NAME_FILE may name a file that holds the value of NAME, as container platforms hand out secrets.
    """

    home: Path
    database_url: str | None = field(default=None, repr=False)
    owner_database_url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    given_secret: bytes | None = field(default=None, repr=False)
    proxies: int = 0
    hosts: frozenset[str] = frozenset()
    public_url: str | None = None
    hsts: str = HSTS
    requests_factor: int = 1
    oidc: Oidc | None = None

    @cached_property
    def secret(self) -> bytes:
        """Key of every keyed hash (HMAC) of this installation."""
        secret = _kept_secret(self.home) if self.given_secret is None else self.given_secret
        if len(secret) < MIN_SECRET_BYTES:
            raise ServerTrouble("config.weak_secret", f"WFM_SECRET braucht mindestens {MIN_SECRET_BYTES} Zeichen.")
        return secret


def settings() -> Settings:
    """The settings as the environment gives them now."""
    given = os.environ
    secret = _value(given, "WFM_SECRET")
    return Settings(
        home=_home(given),
        database_url=_value(given, "WFM_DATABASE_URL"),
        owner_database_url=_value(given, "WFM_OWNER_DATABASE_URL"),
        redis_url=_value(given, "WFM_REDIS_URL"),
        given_secret=None if secret is None else secret.encode(),
        proxies=_count(given, "WFM_PROXIES", 0, 9),
        hosts=frozenset(given.get("WFM_HOSTS", "").lower().replace(",", " ").split()),
        public_url=_public_url(given),
        hsts=_hsts(given),
        requests_factor=_count(given, "WFM_REQUESTS_FACTOR", 1, 1000),
        oidc=_oidc(given),
    )


def make_home(home: Path) -> None:
    """Make sure that WFM_HOME exists and is ours to write to."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir()
        # Root's servers run as another user, who must be able to pass through; everything inside has its own rights.
        # A folder that was there before keeps the rights that somebody gave it.
        home.chmod(0o755 if os.geteuid() == 0 else 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise ServerTrouble(
            "config.no_home",
            f"WFM_HOME „{home}“ lässt sich nicht anlegen ({error.strerror}): bitte auf einen eigenen Ordner setzen.",
            home=str(home),
        ) from error


def _home(given: Mapping[str, str]) -> Path:
    if named := given.get("WFM_HOME"):
        return Path(named).expanduser().absolute()
    return Path("/var/lib/wfm") if os.geteuid() == 0 else Path.home() / ".local/share/wfm"


def _oidc(given: Mapping[str, str]) -> Oidc | None:
    names = ("WFM_OIDC_ISSUER", "WFM_OIDC_CLIENT_ID", "WFM_OIDC_CLIENT_SECRET")
    values = [_value(given, name) for name in names]
    if not any(values):
        return None
    if missing := [name for name, value in zip(names, values, strict=True) if not value]:
        raise ServerTrouble("config.oidc", f"Für die Einmalanmeldung fehlt {', '.join(missing)}.")
    return Oidc(*(value or "" for value in values))


def _count(given: Mapping[str, str], name: str, least: int, most: int) -> int:
    """A whole number; the least one if nothing is said."""
    value = given.get(name) or str(least)
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ServerTrouble(
            "config.count", f"{name} ist eine Anzahl von {least} bis {most}, nicht „{value}“.", name=name
        )
    return int(value)


def _hsts(given: Mapping[str, str]) -> str:
    value = given.get("WFM_HSTS") or HSTS
    if not _HSTS.fullmatch(value):
        raise ServerTrouble(
            "config.hsts", f"WFM_HSTS ist etwas wie „{HSTS}; includeSubDomains“, nicht „{value}“.", name="WFM_HSTS"
        )
    return value


def _public_url(given: Mapping[str, str]) -> str | None:
    value = given.get("WFM_PUBLIC_URL", "").rstrip("/")
    if value and not _ADDRESS.fullmatch(value):
        raise ServerTrouble(
            "config.public_url",
            f"WFM_PUBLIC_URL ist etwas wie „https://servicecenter.example“, nicht „{value}“.",
            name="WFM_PUBLIC_URL",
        )
    return value or None


def _value(given: Mapping[str, str], name: str) -> str | None:
    if value := given.get(name):
        return value
    if file := given.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ServerTrouble(
                "config.unreadable", f"{name}_FILE „{file}“ ist nicht lesbar ({error.strerror}).", name=name
            ) from error
    return None


@cache
def _kept_secret(home: Path) -> bytes:
    """The secret of WFM_HOME, made by whoever asks first."""
    make_home(home)
    kept, mine = home / "secret", home / f"secret.{os.getpid()}"
    try:
        if not kept.exists():
            mine.touch(mode=0o600)
            mine.write_text(secrets.token_hex(32), encoding="ascii")
            # A link cannot replace a file: of two first processes one wins, and both read the same secret.
            try:
                kept.hardlink_to(mine)
            except FileExistsError:
                pass
            finally:
                mine.unlink()
        return kept.read_bytes().strip()
    except OSError as error:
        raise ServerTrouble(
            "config.no_secret", f"„{kept}“ lässt sich nicht lesen oder anlegen ({error.strerror}).", home=str(home)
        ) from error
