"""Staffing: how many agents are needed for the calls that are expected, how sure, and at what cost?

Erlang B, C and A for one queue in steady state, simulation for what formulas can't tell; *requirement* is the number of
agents by interval, *shrinkage* makes paid heads of it, a *plan* is a set of assumptions to copy and compare.
"""
