"""Remote accesses of suppliers: their register, the order of their review, what audits are given of it."""
