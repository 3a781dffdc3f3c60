"""Settings from the environment, and the secret that an installation makes for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wfm.core.config import settings
from wfm.core.errors import ServerTrouble

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("WFM_"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(("uid", "home"), [(0, "/var/lib/wfm"), (1000, "/home/kern/.local/share/wfm")])
def test_home_of_root_and_of_others(uid: int, home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setenv("HOME", "/home/kern")
    assert settings().home == Path(home)


def test_home_may_be_named_from_where_we_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFM_HOME", "Daten für wfm")
    assert settings().home == tmp_path / "Daten für wfm"


def test_a_value_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("postgresql://wfm:secret@database/wfm\n")
    monkeypatch.setenv("WFM_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert settings().database_url == "postgresql://wfm:secret@database/wfm"
    monkeypatch.setenv("WFM_DATABASE_URL", "postgresql://nearer")
    assert settings().database_url == "postgresql://nearer"
    monkeypatch.setenv("WFM_REDIS_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(ServerTrouble, match="WFM_REDIS_URL_FILE"):
        settings()


def test_settings_do_not_show_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFM_SECRET", "sesame open, please do")
    monkeypatch.setenv("WFM_DATABASE_URL", "postgresql://wfm:sesame@database/wfm")
    assert "sesame" not in repr(settings())


def test_secret_is_made_once_whoever_comes_first(tmp_path: Path) -> None:
    script = "from wfm.core.config import settings; print(settings().secret.hex())"
    environment = os.environ | {"WFM_HOME": str(tmp_path / "home"), "PYTHONPATH": str(REPOSITORY)}
    processes = [
        subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE) for _ in range(4)
    ]
    secrets = {process.communicate()[0] for process in processes}
    assert len(secrets) == 1
    assert len(bytes.fromhex(secrets.pop().decode())) >= 32
    assert [file.name for file in (tmp_path / "home").iterdir()] == ["secret"]
    assert (tmp_path / "home/secret").stat().st_mode & 0o777 == 0o600


def test_weak_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFM_SECRET", "short")
    with pytest.raises(ServerTrouble, match="mindestens 16"):
        _ = settings().secret
    monkeypatch.setenv("WFM_SECRET", "long enough, and kept as given")
    assert settings().secret == b"long enough, and kept as given"


@pytest.mark.parametrize(
    "value", ["yes", "max-age=-1", "max-age=1; includeSubDomains\r\nX-Evil: 1", "includeSubDomains"]
)
def test_what_is_said_of_tls_must_be_understood(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WFM_HSTS", value)
    with pytest.raises(ServerTrouble, match="WFM_HSTS"):
        settings()


@pytest.mark.parametrize("value", ["0", "1001", "-1", "viele", "1.5"])
def test_the_factor_of_requests_is_a_whole_number(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert settings().requests_factor == 1
    monkeypatch.setenv("WFM_REQUESTS_FACTOR", value)
    with pytest.raises(ServerTrouble, match="WFM_REQUESTS_FACTOR"):
        settings()
