"""Arithmetic of staffing, without database: formulas, requirement, shrinkage, what-if, capacity."""
