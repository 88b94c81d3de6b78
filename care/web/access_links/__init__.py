"""Suppliers and owners who answer about remote accesses, by links without an account."""
