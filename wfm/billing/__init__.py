"""Billing: what does each partner owe, under which agreement, and how can every cent of it be opened?

*Terms* say how cost is shared (variants V0 to V7), an *agreement* binds a partner to terms for some time. A *case* is
one period with its cost, the variant's parameters and each partner's *keys* (inhabitants, calls, handling time);
*shares* are whole cents a partner, with the *derivation* line by line; the *remainder* is what the host bears. A
*settlement* keeps both, the *ledger* keeps what is owed so that every entry sums to zero, a *document* is a numbered
statement or invoice. Sums are divided by largest remainder (Hamilton), prices rounded half up.
"""
