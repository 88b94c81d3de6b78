"""Pages of the definitions of indicators."""
