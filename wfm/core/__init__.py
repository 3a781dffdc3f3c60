"""Plumbing without domain words: settings, database, bundled servers, errors, clock, intervals."""
