"""Billing: what does each partner owe, by which agreement, and how did every cent come about?

*Terms* name a *variant* (V0 to V7, a way to share cost) and its parameters; an *agreement* binds a partner to terms for
some time. A *case* is one period with its cost and each partner's *keys* (inhabitants, calls, handling time); *shares*
are whole cents a partner with their *derivation* line by line, the *remainder* is what the host bears. A *settlement*
keeps its cases, the *ledger* what is owed so that every entry sums to zero, a *document* is a numbered statement or
invoice. Sums are divided by largest remainder (Hamilton), prices rounded half up.
"""
