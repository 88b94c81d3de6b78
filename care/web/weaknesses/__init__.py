"""Weaknesses over several establishments."""
