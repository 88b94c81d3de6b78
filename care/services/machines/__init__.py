"""Machines as the last audit of workstations put them together: what protects how many, where, and which are bare."""
