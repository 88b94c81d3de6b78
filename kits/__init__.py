"""Data only: frameworks, exercise kits, continuity models, remediation sheets."""
