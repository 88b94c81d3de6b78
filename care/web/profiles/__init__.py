"""The sheet of an establishment: what it is, where it is and was, and how it ends."""
