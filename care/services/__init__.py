"""Use-cases: one function, one transaction. First argument the platform, second the scope of who asks."""
