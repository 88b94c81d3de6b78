"""Targets: what each audit looks at, with the mandate that allows it and the secrets it needs."""
