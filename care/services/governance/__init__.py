"""Governance of a holder: who carries security, what it costs, where it is decided, and what is counted each month."""
