"""The self-assessment of crisis maturity."""
