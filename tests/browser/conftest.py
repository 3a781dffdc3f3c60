"""A real browser before the real application.

`page` is nobody's, `sign_in(role)` gives the page of somebody who has signed in; both are watched (see checks.py).
Tests of a module share a database: `module_database`, filled by a fixture of the module.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.browser.checks import watch
from tests.live_server import served
from wfm.accounts.access import COOKIE
from wfm.accounts.rules import Role
from wfm.accounts.service import people
from wfm.accounts.service.sign_in import Browser as Client
from wfm.accounts.service.sign_in import begin_session
from wfm.app import create_app
from wfm.core.db import transaction
from wfm.directory.service import load_base_data

BURGDORF = "03241003"
PASSWORD = "ein langes Passwort nur für Tests"
CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
VIEWPORT = {"width": 1280, "height": 720}
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
    opened: list[Opened] = []

    def make(cookies: StorageState | None = None, *, javascript: bool = True) -> Page:
        opened.append(_open(browser, server, cookies, javascript=javascript))
        return opened[-1].page

    yield make
    for page, _troubles in opened:
        page.context.close()
    assert not [trouble for _page, troubles in opened for trouble in troubles]


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """The page of somebody who has not signed in."""
    return open_page()


@pytest.fixture(scope="module")
def _cookies(centre: None, server: str) -> Callable[[Role], StorageState]:
    """The session of a role's person, begun once a module; signing in by the form is what test_sign_in.py is about."""

    @cache
    def begin(role: Role) -> StorageState:
        with transaction() as session:
            person = people.find_person(session, str(role))
            assert person is not None
            _begun, secret = begin_session(session, person, Client("127.0.0.1"), method="password")
        where = {"domain": urlsplit(server).hostname, "path": "/", "expires": -1}
        how = {"httpOnly": True, "secure": False, "sameSite": "Lax"}
        return {"cookies": [{"name": COOKIE, "value": secret, **where, **how}], "origins": []}

    return begin


@pytest.fixture(scope="module")
def _kept(browser: Browser) -> Iterator[dict[Role, Opened]]:
    """Pages that go from test to test of a module: to begin with an empty browser would take longer than most tests."""
    kept: dict[Role, Opened] = {}
    yield kept
    for page, _troubles in kept.values():
        page.context.close()


@pytest.fixture
def sign_in(
    open_page: Callable[..., Page],
    browser: Browser,
    server: str,
    _cookies: Callable[[Role], StorageState],
    _kept: dict[Role, Opened],
) -> Iterator[SignIn]:
    """The page at an address, their start page first of all, of somebody with this role.

    A role's first page in a test is that of the last test, if that left its browser as it was.
    """
    used: dict[Role, Opened] = {}

    def enter(role: str, address: str = "/", *, javascript: bool = True) -> Page:
        role = Role(role)
        if not javascript or role in used:
            page = open_page(_cookies(role), javascript=javascript)
        else:
            used[role] = _kept.pop(role, None) or _open(browser, server, _cookies(role))
            page = used[role].page
        page.goto(address)
        return page

    yield enter
    for role, opened in used.items():
        if not opened.troubles and _as_new(opened.page, _cookies(role)):
            _kept[role] = opened
        else:
            opened.page.context.close()
    assert not [trouble for opened in used.values() for trouble in opened.troubles]


class Opened(NamedTuple):
    """A page of a browser of its own, and what went wrong on it."""

    page: Page
    troubles: list[str]


def _open(browser: Browser, server: str, cookies: StorageState | None, *, javascript: bool = True) -> Opened:
    context = browser.new_context(
        base_url=server, locale="de-DE", storage_state=cookies, java_script_enabled=javascript, viewport=VIEWPORT
    )
    page = context.new_page()
    return Opened(page, watch(page, server))


def _as_new(page: Page, cookies: StorageState) -> bool:
    """Whether the page's browser keeps nothing but the session: then the page is left, and as it was in the beginning.

    (A cookie comes back with every attribute; only the values tell.)
    """
    if page.is_closed() or page.context.pages != [page]:
        return False
    state = page.context.storage_state()
    kept = [(cookie["name"], cookie["value"]) for cookie in state["cookies"]]
    if state["origins"] or kept != [(cookie["name"], cookie["value"]) for cookie in cookies["cookies"]]:
        return False
    page.goto("about:blank")
    page.emulate_media(media="null", color_scheme="null")
    page.set_viewport_size(VIEWPORT)
    return True
