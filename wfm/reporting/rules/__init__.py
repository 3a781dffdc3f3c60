"""Pure definitions of the figures: wait classes, service levels, completeness."""
