"""The register of remote accesses: the review order, one access, its form, its files, what is printed of it."""
