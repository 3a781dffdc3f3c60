"""The vocabulary of telephone events."""
