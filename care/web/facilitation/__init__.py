"""The page from which an exercise is conducted."""
