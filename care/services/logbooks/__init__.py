"""Logbooks (mains courantes) of real crises and of exercises: written line after line, chained, never changed."""
