"""The register of hosting of health data."""
