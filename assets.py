"""Lay what the pages need from others into wfm/web/static/vendor: `python assets.py`, run by make and the image build.

`npm ci` fetches what package-lock.json names, each file checked against its hash. Of that only what browsers load is
laid out, unchanged and with its licence. With `--dev` what only tests need is fetched, too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "wfm/web/static/vendor"
#: file of a package -> where it goes. Fonts are those that their style sheet names; KERN brings no licence of
#: theirs, so it is in static/fira-sans-licence.txt.
FILES = {
    "@kern-ux/native/dist/kern.min.css": "kern/kern.min.css",
    "@kern-ux/native/dist/fonts/fira-sans.css": "kern/fonts/fira-sans.css",
    "@kern-ux/native/LICENSE.md": "kern/LICENSE.md",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx.org/LICENSE": "htmx/LICENSE",
    "uplot/dist/uPlot.iife.min.js": "uplot/uPlot.iife.min.js",
    "uplot/dist/uPlot.min.css": "uplot/uPlot.min.css",
    "uplot/LICENSE": "uplot/LICENSE",
}
FONTS, FONTS_GO_TO = "@kern-ux/native/dist/fonts/", "kern/fonts/"
CANNOT = """
Die Dateien der Seiten (KERN, htmx, uPlot) ließen sich nicht holen. Dafür wird einmal eine Verbindung zur npm-Registry
gebraucht, hinter einem Proxy also HTTPS_PROXY; danach ruft wfm nichts mehr aus dem Netz ab.
The files of the pages (KERN, htmx, uPlot) could not be fetched. This needs the npm registry once, and HTTPS_PROXY
behind a proxy; wfm loads nothing from the network afterwards. Again: make install
"""


def fetch(what: Sequence[str]) -> None:
    """node_modules as package-lock.json says; no package's own scripts are run."""
    here = Path(sys.executable).parent
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline", *what]
    command = [here / "npm", "ci", *options, "--loglevel=error", "--fetch-retries=1", "--fetch-timeout=30000"]
    path = f"{here}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        subprocess.run(command, cwd=ROOT, env=os.environ | {"PATH": path}, stdout=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"{error}\n{CANNOT}") from error


def lay_out() -> None:
    """The files that browsers load; what lay there before goes."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    sheet = (MODULES / FONTS / "fira-sans.css").read_text(encoding="utf-8")
    fonts = re.findall(r'url\("\./([\w./-]+\.woff2)"\)', sheet)
    for source, target in FILES.items() | {(FONTS + font, FONTS_GO_TO + font) for font in fonts}:
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, VENDOR / target)
    (VENDOR / "installed").touch()


if __name__ == "__main__":
    fetch(["--include=dev" if "--dev" in sys.argv else "--omit=dev"])
    lay_out()
