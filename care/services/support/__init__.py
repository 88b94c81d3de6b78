"""How a region supports its establishments: what comes next, visits, services used."""
