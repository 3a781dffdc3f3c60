"""Use cases of the event store: reading sources, keeping raw events, quarantine and health."""
