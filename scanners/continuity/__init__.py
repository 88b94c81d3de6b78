"""Continuity and recovery: what people declared, what was measured, and where the two contradict each other."""
