"""Known vulnerabilities, offline: files given by the hospital, read into a store that facts are held against."""
