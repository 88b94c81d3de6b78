"""Crisis-exercise engine. Pure: commands in, events out."""
