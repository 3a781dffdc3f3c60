"""Telephony: what did the telephone systems tell us, and has everything arrived?

A *system* is one exchange. It owns *sources* (a log file, a table, a CDR file, an HTTP connection). A source is read in
*streams*: one generation of one file, one table, one connection. A line of a stream is a *raw event*, known for ever by
(stream, position) and kept unchanged. *Adapters*, one file a vendor, turn raw events into the one internal vocabulary
(`rules/events.py`). What cannot be read lies in *quarantine*; what is known to be missing is a *gap*.
"""
