"""Who may see and do what, and who did what when.

Words: a *role* is a set of *permissions* (`usage.read`); a *viewer* is whoever asks, known by an API *token*, with a
role and perhaps one partner; *scopes* narrow a token to some of its role's permissions; an *audit entry* says who saw
or changed what and when. Whatever is not permitted is refused.
"""
