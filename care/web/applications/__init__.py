"""Application files of candidates for the funded domains."""
