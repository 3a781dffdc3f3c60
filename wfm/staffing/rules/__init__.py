"""Arithmetic of staffing: numpy and the standard library only."""
