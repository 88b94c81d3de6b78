"""Lists exported by other tools (CSV, XLSX), read by one hardened reader for every scanner that needs them."""
