"""Scanners: they look at systems and return typed outcomes. No database, no web."""
