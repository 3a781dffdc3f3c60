"""A service centre that never was: what would its telephone system have logged?

Demand (who calls when, about what) meets a roster (who sits at the telephones when) on the floor (queues, ringing,
talk, transfers, breaks); what happens there is written as Asterisk `queue_log` lines and, from the simulation's own
objects, as truth. A day depends on nothing but the scenario, the seed and the date: any period may be cut into pieces,
and memory does not grow with its length. Every figure here is an assumption unless its source is named.
"""
