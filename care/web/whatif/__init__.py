"""Pages of “what if this falls?” and of the points of fragility."""
