"""Known vulnerabilities: what is imported, files sent, what an establishment shows."""
