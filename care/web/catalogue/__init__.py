"""The catalogue of tools, documents and services."""
