"""Certification visits: outsiders who read, for a time and without an account, what an establishment shows them."""
