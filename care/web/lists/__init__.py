"""Pages of the lists of other tools."""
