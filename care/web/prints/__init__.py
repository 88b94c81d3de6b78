"""The papers of an exercise, to print."""
