"""Imports of other tools: the list, a file sent, what it would change, its confirmation, an ADS result typed in."""
