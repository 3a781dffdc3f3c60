"""Numbers, dated mappings, the calendar and targets: plain arithmetic over plain values."""
