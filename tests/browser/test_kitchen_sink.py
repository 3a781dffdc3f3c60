"""Every macro and chart on one page, which only this test serves: as everybody must be able to use it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from markupsafe import Markup
from playwright.sync_api import Page, expect

from tests.browser.checks import axe, check_page
from wfm.accounts import access
from wfm.app import create_app
from wfm.web import charts
from wfm.web.language import number, percent
from wfm.web.shell import page as shell_page

blp = Blueprint("kitchen", __name__, template_folder=str(Path(__file__).parent / "templates"))
ROWS = [
    {"partner": "Burgdorf", "calls": 590, "share": "5,1 %", "wait": "24,0 s"},
    {"partner": "Neustadt am Rübenberge", "calls": 750, "share": "6,5 %", "wait": None},
    {"partner": "<b>Fremdes & Böses</b>", "calls": 1, "share": "0,0 %", "wait": "1,0 s"},
]
ERRORS = {
    "login": ["Hier fehlt eine Angabe."],
    "role": ["Diese Rolle gibt es nicht."],
    "": ["Beides passt nicht zusammen."],
}


@blp.get("/test/kitchen-sink")
@access.public
def show():
    spark = charts.sparkline("Anrufe der letzten Monate", [20, 22, None, 19, 25, 23], number)
    return shell_page(
        "kitchen_sink.html", rows=ROWS, found=ERRORS, breadcrumbs=[("Start", "/")], charts=pictures(), spark=spark
    )


@blp.get("/test/part")
@access.public
def part():
    return "<p>nachgeladen</p>"


def whole_percent(share: float) -> str:
    return percent(share, 0)


def pictures() -> list[tuple[str, Markup]]:
    """One of each kind."""
    months = ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
    calls = [2100, 1900, 2300, 2250, 2400, 2050, 1800, 1750, 2280, None, None, None]
    partners = [("Hannover", 7745), ("Neustadt am Rübenberge", 750), ("Wennigsen (Deister)", 296), ("Uetze", None)]
    levels = [0.71, 0.69, None, 0.78, 0.82, 0.8]
    days = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]
    week = [[None if hour < 2 else hour * (7 - day) * 3 for hour in range(13)] for day in range(7)]
    return [
        ("Anteile", charts.share_bars("Anrufe je Partner", partners, number, note=lambda calls: percent(calls / 8791))),
        (
            "Monate",
            charts.month_bars(
                "Anrufe je Monat",
                months,
                [
                    charts.Series("angenommen", calls),
                    charts.Series("aufgelegt", [calls and 210 for calls in calls]),
                    charts.Series("sonst", [calls and 140 for calls in calls]),
                    charts.Series("abgewiesen", [calls and 120 for calls in calls]),
                ],
                number,
                before=charts.Series("Vorjahr", [2200] * 12),
            ),
        ),
        (
            "Wartezeiten",
            charts.histogram(
                "Wartezeiten",
                ["0 s", "10 s", "20 s", "30 s", "60 s", "120 s", "mehr"],
                [950, 400, 220, 150, 80, 20],
                number,
                target=3,
                name="Ziel: 30 s",
            ),
        ),
        (
            "Verlauf",
            charts.line(
                "Servicelevel je Monat", months[:6], levels, whole_percent, target=0.75, name="Ziel: 75 %", at_least=1
            ),
        ),
        ("Woche", charts.heat_map("Anrufe", days, [str(hour) for hour in range(7, 20)], week, number)),
    ]


@pytest.fixture(scope="module")
def app() -> Flask:
    app = create_app()
    app.register_blueprint(blp)
    return app


@pytest.fixture
def kitchen(page: Page) -> Page:
    page.goto("/test/kitchen-sink?sort=-calls&art=1&art=2")
    return page


def test_every_part_is_for_everybody(kitchen: Page) -> None:
    check_page(kitchen, dark=True)


def test_menus_and_tables_opened_are_too(kitchen: Page) -> None:
    kitchen.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    check_page(kitchen, dark=True)


def test_values_are_escaped(kitchen: Page) -> None:
    for name in ("Nutzung je Partner", "Breite Tabelle"):
        table = kitchen.get_by_role("table", name=name, exact=True)
        expect(table.get_by_role("rowheader", name="<b>Fremdes & Böses</b>")).to_be_visible()


def test_cells_are_drawn_by_the_page_if_it_wants(kitchen: Page) -> None:
    table = kitchen.get_by_role("table", name="Breite Tabelle", exact=True)
    expect(table.get_by_role("link", name="Burgdorf")).to_have_attribute("href", "?p")


def test_help_opens_and_closes_by_keyboard(kitchen: Page) -> None:
    button = kitchen.get_by_role("button", name="Was heißt das? Servicelevel")
    button.focus()
    kitchen.keyboard.press("Enter")
    text = kitchen.get_by_role("dialog", name="Servicelevel")
    expect(text).to_be_visible()
    assert axe(kitchen) == []
    kitchen.keyboard.press("Escape")
    expect(text).to_be_hidden()
    expect(button).to_be_focused()


def test_sorting_keeps_the_selection_and_turns_around(kitchen: Page) -> None:
    expect(kitchen.get_by_role("columnheader", name="Anrufe")).to_have_attribute("aria-sort", "descending")
    kitchen.get_by_role("link", name="Anrufe", exact=True).click()
    expect(kitchen).to_have_url(re.compile(r"\?art=1&art=2&sort=calls$"))


def test_errors_lead_to_their_fields(kitchen: Page) -> None:
    expect(kitchen.locator("[data-focus]")).to_be_focused()
    kitchen.get_by_role("link", name="Anmeldename: Hier fehlt eine Angabe.").click()
    expect(kitchen.get_by_label("Anmeldename")).to_be_focused()
    expect(kitchen.get_by_label("Anmeldename")).to_have_accessible_description(
        "So, wie er Ihnen mitgeteilt wurde. Hier fehlt eine Angabe."
    )


def test_parts_of_a_page_are_loaded_under_its_policy(kitchen: Page) -> None:
    kitchen.get_by_role("button", name="Mehr").click()
    expect(kitchen.locator("#part")).to_have_text("nachgeladen")


def test_dark_colours_are_chosen_and_kept(kitchen: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = kitchen.evaluate(ground)
    kitchen.get_by_role("button", name="Dunkel").click()
    dark = kitchen.evaluate(ground)
    kitchen.reload()
    assert kitchen.evaluate(ground) == dark != light


def test_keyboard_skips_to_the_content(page: Page) -> None:
    page.goto("/test/kitchen-sink?ohne=fehler")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zum Inhalt springen")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_menu_folds_on_a_narrow_screen_without_javascript(open_page) -> None:
    page = open_page(javascript=False)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/test/kitchen-sink")
    link = page.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name="Nutzung")
    expect(link).to_be_hidden()
    page.get_by_text("Menü", exact=True).click()
    expect(link).to_be_visible()


def test_paper_shows_tables_whole_and_no_menus(kitchen: Page) -> None:
    kitchen.emulate_media(media="print", color_scheme="dark")
    expect(kitchen.get_by_role("button", name="Anzeigen")).to_be_hidden()
    expect(kitchen.get_by_role("navigation", name="Hauptmenü")).to_be_hidden()
    assert kitchen.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert kitchen.locator(".wfm-table").first.evaluate("part => getComputedStyle(part).overflowX") == "visible"
