"""Audits made and being made: starting them, watching them, reading them, their campaign and its report."""
