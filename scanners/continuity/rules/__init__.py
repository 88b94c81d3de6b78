"""The consistency rules of continuity plans, one per file."""
