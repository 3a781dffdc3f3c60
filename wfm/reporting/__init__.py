"""Reporting: how much, how fast, for whom, and is it complete?

*Facts* are sums by interval (15 minutes x queue) and by day (day x partner x queue x service), counted anew for touched
days only. Two ledgers: *by entry* (a stay counts where it entered: service level, billing) and *true to interval* (talk
and wrap-up lie where they happened: workload). Rates are reckoned from sums when read.
"""
