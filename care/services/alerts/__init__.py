"""Alerts on a new vulnerability: what audits saw, who is exposed, who was told, who answered what."""
