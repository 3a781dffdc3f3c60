"""A real browser before the real application.

`page` is nobody's, `sign_in(role)` gives the page of somebody who has signed in; both are watched (see checks.py).
Tests of a module share a database: `module_database`, filled by a fixture of the module.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.browser.checks import watch
from tests.live_server import served
from wfm.accounts.rules import Role
from wfm.accounts.service import people
from wfm.app import create_app
from wfm.core.db import transaction
from wfm.directory.service import load_base_data

BURGDORF = "03241003"
PASSWORD = "ein langes Passwort nur für Tests"
CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]

SignIn = Callable[..., Page]


def pytest_itemcollected(item: pytest.Item) -> None:
    if Path(__file__).parent in item.path.parents:
        item.add_marker("browser")


def executable() -> str | None:
    """The browser named by WFM_BROWSER, which must be there, or one that is installed."""
    if named := os.environ.get("WFM_BROWSER"):
        assert shutil.which(named), f"WFM_BROWSER names {named}, which is not there"
        return shutil.which(named)
    return next((found for name in CANDIDATES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser a worker."""
    if (found := executable()) is None:
        pytest.skip("no browser found")
    # Root has no sandbox to run pages in; these are our own.
    options = [*OPTIONS, "--no-sandbox"] if os.geteuid() == 0 else OPTIONS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app() -> Flask:
    """The application. A module that needs routes of its own has an `app` of its own."""
    app = create_app()
    app.testing = False  # errors are answered as they are in earnest
    return app


@pytest.fixture(scope="module")
def server(module_database: str, app: Flask) -> Iterator[str]:
    """The application at an address of its own, in the module's database: the address."""
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def centre(module_database: str) -> None:
    """The Region's partners and one person of each role, the municipality's being Burgdorf's."""
    with transaction() as session:
        load_base_data(session)
        for role in Role:
            people.add_person(
                session,
                login=str(role),
                name=f"Kim {role.title()}",
                role=role,
                partner=BURGDORF if role is Role.MUNICIPALITY else None,
                password=PASSWORD,
                by="test",
            )


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """A new page of a browser that has seen nothing yet, or has the cookies given. It must end without trouble."""
    opened: list[tuple[Page, list[str]]] = []

    def make(cookies: StorageState | None = None, *, javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=server, locale="de-DE", storage_state=cookies, java_script_enabled=javascript
        )
        page = context.new_page()
        opened.append((page, watch(page, server)))
        return page

    yield make
    for page, _troubles in opened:
        page.context.close()
    assert not [trouble for _page, troubles in opened for trouble in troubles]


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """The page of somebody who has not signed in."""
    return open_page()


@pytest.fixture(scope="module")
def _cookies() -> dict[Role, StorageState]:
    return {}


@pytest.fixture
def sign_in(open_page: Callable[..., Page], centre: None, _cookies: dict[Role, StorageState]) -> SignIn:
    """The page at an address, their start page first of all, of somebody with this role.

    They sign in by the form, once a module and role.
    """

    def enter(role: str, address: str = "/", *, javascript: bool = True) -> Page:
        role = Role(role)
        if role not in _cookies:
            page = open_page()
            page.goto("/anmelden")
            page.fill("[name=login]", str(role))
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url("**/")
            _cookies[role] = page.context.storage_state()
        page = open_page(_cookies[role], javascript=javascript)
        page.goto(address)
        return page

    return enter
