"""What supervisors ask: alive, ready, measures."""
