"""What every page must hold, in a real browser: readable by everybody, on any screen, from our own host alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response, expect

ROOT = Path(__file__).parents[2]
WIDE, NARROW = (1366, 768), (390, 844)
#: WCAG 2.2 A and AA.
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
#: Those of them that look at colours. Dark, a page differs from the light one in nothing else.
COLOURS = ["color-contrast", "link-in-text-block"]
RULES_OF_COLOURS = {"type": "rule", "values": COLOURS}
#: Those that look at where things stand, too. Narrow, a page of the same elements differs in nothing else; what only a
#: narrow one shows is the menu's button, which `thorough` is for.
RULES_OF_LAYOUT = {"type": "rule", "values": [*COLOURS, "target-size", "scrollable-region-focusable"]}
#: An answer with such a status is what a test may be about; a style or a script that is missing never is.
PARTS = {"stylesheet", "script", "font", "image"}

UNNAMED_PICTURES = """() => [...document.querySelectorAll('img, svg')]
    .filter(picture => !picture.closest('[aria-hidden=true]') && picture.checkVisibility())
    .filter(picture => !(picture.getAttribute('alt') || picture.getAttribute('aria-label')
                         || picture.getAttribute('aria-labelledby')
                         || picture.querySelector(':scope > title')?.textContent))
    .map(picture => picture.outerHTML.slice(0, 120))"""
TOO_WIDE = """() => [...document.body.querySelectorAll('*')]
    .filter(part => part.checkVisibility() && !part.closest('[tabindex="0"], .kern-sr-only, .wfm-skip'))
    .filter(part => part.getBoundingClientRect().right > innerWidth + 1 || part.getBoundingClientRect().right > 0
                    && part.getBoundingClientRect().left < -1)
    .map(part => part.outerHTML.slice(0, 120)).slice(0, 5)"""


#: Charts take a new size after the frame in which the page has got it.
DRAWN_ANEW = """width => new Promise(done => {
    const frames = left => requestAnimationFrame(() => left ? frames(left - 1) : done());
    const resized = () => innerWidth === width ? frames(2) : requestAnimationFrame(resized);
    resized();
})"""


def watch(page: Page, host: str) -> list[str]:
    """What goes wrong on a page from now on: requests to elsewhere, parts that are missing, errors, CSP violations."""
    troubles: list[str] = []

    def on_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != host:
            troubles.append(f"a request leaves the host: {request.url}")

    def on_response(response: Response) -> None:
        if response.status >= 400 and response.request.resource_type in PARTS:
            troubles.append(f"{response.status} for {response.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            troubles.append(f"console: {message.text}")

    page.on("request", on_request)
    page.on("response", on_response)
    page.on("console", on_console)
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    return troubles


def check_page(page: Page, *, dark: bool = False, thorough: bool = False) -> None:
    """The page as it stands now, wide and narrow (and, if asked for, in dark): assert what holds for every page.

    `thorough` asks for every rule in every size and scheme: for what surrounds all pages, once.
    After a click that leads elsewhere, wait for the new address first: the old page would do as well.
    Requests, console and Content Security Policy are watched by the fixtures from the first request on.
    """
    views = [(WIDE, "light", RULES), (NARROW, "light", RULES_OF_LAYOUT)]
    if dark:
        views.append((NARROW, "dark", RULES_OF_COLOURS))
    if thorough:
        views = [(size, scheme, RULES) for size in (WIDE, NARROW) for scheme in ("light", "dark")]
    page.wait_for_load_state()
    expect(page.locator("h1")).to_have_count(1)
    for (width, height), scheme, rules in views:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(DRAWN_ANEW, width)
        _keep_picture(page, f"{scheme}-{width}")
        found = list(_found(page, rules))
        assert not found, f"{page.url} at {width} px, {scheme}:\n" + "\n".join(found)


def _found(page: Page, rules: dict[str, object]) -> Iterator[str]:
    if not re.fullmatch(r"\S.* – Servicecenter Region Hannover", page.title()):
        yield f"title: {page.title()!r}"
    if page.locator("html").get_attribute("lang") not in ("de", "en"):
        yield "no language"
    yield from (f"picture without a text: {html}" for html in page.evaluate(UNNAMED_PICTURES))
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        yield "the page is wider than the screen"
    yield from (f"beyond the edge of the screen: {html}" for html in page.evaluate(TOO_WIDE))
    yield from axe(page, rules)


def axe(page: Page, rules: dict[str, object] = RULES) -> list[str]:
    """What axe-core finds, of all it knows against WCAG 2.2 A and AA or of the rules named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe_source())
    violations = page.evaluate(
        "async rules => (await axe.run(document, {runOnly: rules, resultTypes: ['violations']})).violations", rules
    )
    return [
        f"{violation['id']}: {violation['help']}\n    {node['html'][:200]}\n    {node.get('failureSummary', '')}"
        for violation in violations
        for node in violation["nodes"]
    ]


@cache
def _axe_source() -> str:
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def _keep_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("WFM_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        path = re.sub(r"\W+", "-", urlsplit(page.url).path).strip("-") or "start"
        page.screenshot(path=Path(folder) / f"{path}-{name}.png", full_page=True)
