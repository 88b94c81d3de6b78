"""The rules of remote-maintenance accesses, one per file."""
