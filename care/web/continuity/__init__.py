"""Continuity: activities, resources, and what relies on what."""
