"""Agents needed: Erlang's formulas, simulation, risk, shrinkage and cost as plain arithmetic over plain values."""
