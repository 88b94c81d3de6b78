"""The way in: first page, language, health."""
