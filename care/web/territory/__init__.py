"""Figures of the nation, of regions and of GHT, and those of an establishment beside its region."""
