"""Use cases of the accounts: tokens, people, signing in, settings, and the audit trail of all of it."""
