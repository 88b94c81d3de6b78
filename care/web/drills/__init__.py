"""Restore drills: their list, one drill and its sheet."""
