"""Privacy: how long what is kept of whom, and how it goes when its time is over.

Decides nothing of what may be shown (accounts, reporting do); it takes away what must no longer be there, in forms that
every figure outlives.
"""
