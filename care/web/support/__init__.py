"""Pages of the support of establishments by their region."""
