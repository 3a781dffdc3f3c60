"""Benchmarks: each runs beside a baseline and checks that both gave the same answer (see README.md)."""
