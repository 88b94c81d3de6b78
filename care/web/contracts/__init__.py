"""The register of contracts with suppliers, and their security clauses."""
