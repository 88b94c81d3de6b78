"""What the outside sees of an establishment: things with their history, and what audits prove of them."""
