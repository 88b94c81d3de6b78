"""Indicators: their definitions, what is measured here, and the figures of places made from everybody's values."""
