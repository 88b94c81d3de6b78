"""Regional campaigns of exercises: opened and followed by a GRADeS, joined by establishments."""
