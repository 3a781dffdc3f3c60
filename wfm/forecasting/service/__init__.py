"""Use cases of forecasting: runs, their errors, events, layers of people, the rest of today."""
