"""The rules of workstations and detection, one per file."""
