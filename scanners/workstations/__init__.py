"""Workstations and detection: machines known to the directory, the inventory and the EDR, and what people declare."""
