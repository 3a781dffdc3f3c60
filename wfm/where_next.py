"""What to type next, told at the end of a start."""

from __future__ import annotations

import os
import sys


def where_next(port: int) -> str:
    """Addresses and commands, spelt as this program was called."""
    wfm = os.path.relpath(sys.argv[0]) if os.path.basename(sys.argv[0]) == "wfm" else ".venv/bin/wfm"
    return f"""
wfm läuft. Strg-C beendet alles.

  Seiten                      http://127.0.0.1:{port}/
  Konto dafür                 {wfm} user add NAME --role admin
  API und ihre Beschreibung   http://127.0.0.1:{port}/api/v1/docs
  Zugangsschlüssel dafür      {wfm} token create --role admin
  Nutzung eines Monats        {wfm} report usage --month 2026-09 --format table
  Warteschlangen              {wfm} report queues --from 2026-09-01 --to 2026-09-02 --interval 60 --format table
  Monat abschließen, zu zweit {wfm} month close 2026-07 --as TOKEN
  eigener TOKEN dafür         {wfm} token create-own ANMELDENAME
  Varianten vergleichen       {wfm} settle compare --from 2025-10 --to 2026-09 --as TOKEN
  dasselbe als Seiten         http://127.0.0.1:{port}/abrechnung/monate und …/abrechnung/variantenvergleich
  vom Monat zur Rechnung      docs/quick-start.md, Abschnitt 6
  eigene Anlage               {wfm} ingest queue-log DATEI --source NAME
"""
