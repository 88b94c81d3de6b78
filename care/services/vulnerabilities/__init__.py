"""Known vulnerabilities: what is imported, what it says of each establishment, and importing more."""
