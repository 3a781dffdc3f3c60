"""Billing: what does each partner owe, under which agreement, and how can every cent of it be opened?

*Terms* say how cost is shared (variants V0 to V7), an *agreement* binds a partner to terms for some time, a
*settlement* divides a period's cost among the partners by stored keys, the *ledger* keeps what is owed so that every
entry sums to zero, a *document* is a numbered statement or invoice. Money is integer cents throughout.
"""
