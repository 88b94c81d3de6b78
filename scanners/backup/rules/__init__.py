"""The rules of the backup strategy, one per file."""
