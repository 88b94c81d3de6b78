"""Machines: what protects how many, where, and which are bare."""
