"""Regional campaigns: what a GRADeS asks of its establishments, how far they are, what they learned."""
