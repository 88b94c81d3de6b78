"""Findings: what is weak here, and what people decided about it."""
