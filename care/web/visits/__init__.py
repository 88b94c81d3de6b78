"""Certification visits: planned by the establishment, read by visitors without an account."""
