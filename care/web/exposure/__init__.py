"""Exposure for those who lead: what the outside sees, what changed, what proves the level."""
