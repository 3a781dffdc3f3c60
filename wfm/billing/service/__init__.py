"""Use cases of billing: terms, agreements, parties, cost, and the cases that settlements are computed from."""
