"""Rules of privacy: redaction of raw lines, classes of data and their retention."""
