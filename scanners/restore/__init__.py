"""Restore drills: files and databases really brought back from a repository, and proved by hash."""
