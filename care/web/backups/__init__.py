"""Backups: the board of all systems, one system copy by copy, the inventory and its files, the steps towards 3-2-1."""
