"""Billing: what does each partner of the joint centre pay, by which agreement, and how did every cent come about?

A *variant* (V0 to V7) is a way to share cost; a *case* is one period with its cost, the variant's parameters and each
partner's *keys* (inhabitants, calls, handling time); *shares* are whole cents a partner, with the *derivation* line by
line; the *remainder* is what the host bears. Sums are divided by largest remainder (Hamilton), prices rounded half up.
"""
