"""Alerts: who is exposed, sent and followed by a region; read and answered by an establishment."""
