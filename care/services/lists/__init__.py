"""Lists of other tools: brought, looked at, confirmed, taken back, handed to audits."""
