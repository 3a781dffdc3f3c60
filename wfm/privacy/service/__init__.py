"""Use cases of privacy: redaction, retention, the data of one person."""
