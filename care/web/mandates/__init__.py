"""Mandates: who authorised an exposure audit, on what, from when to when."""
