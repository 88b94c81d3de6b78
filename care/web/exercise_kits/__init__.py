"""The library of exercise kits, and the level to begin with."""
