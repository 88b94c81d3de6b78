"""The first run: the account that administers everything."""
