"""Logbooks (mains courantes) of real crises and of exercises."""
