"""Workforce management for the Hannover Region's contact centres, from the telephone system's log to the invoice."""

__version__ = "0.1.0"
