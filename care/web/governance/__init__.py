"""Governance: who carries security, what it costs, where it is decided, what is counted each month."""
