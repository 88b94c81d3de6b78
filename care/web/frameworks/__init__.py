"""Pages of the library of frameworks."""
