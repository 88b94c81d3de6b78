"""Backups: the inventory of systems and copies, what audits are given of it and say of it, who is told."""
