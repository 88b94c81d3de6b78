"""How a phone comes to trust an installation that is its own certificate authority."""
