"""Installations that send to this region, and where they knock."""
