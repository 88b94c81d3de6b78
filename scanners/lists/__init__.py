"""Lists exported by other tools (CSV, XLSX, JSON), read by one hardened reader for every scanner that needs them."""
