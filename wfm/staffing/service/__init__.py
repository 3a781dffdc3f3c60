"""Use cases of planning: assumptions, requirement, plans, capacity, simulation."""
