"""Pictures as SVG, for pages and for documents: marks, axes, and the kinds that both show."""
