"""Continuity plans (PCRA), the consistency check, what is promised beside what was measured."""
