"""Run by the Python of benchmarks/.peers: days' totals in, what a model of statsforecast says of the next days out."""

import sys

import numpy as np
from statsforecast.models import MSTL, AutoETS

model, horizon, source, target = sys.argv[1:]
totals = np.load(source)
MODELS = {"autoets": lambda: AutoETS(season_length=7), "mstl": lambda: MSTL(season_length=7)}
said = [MODELS[model]().forecast(y=totals[name], h=int(horizon))["mean"] for name in totals.files]
np.save(target, np.array(said))
