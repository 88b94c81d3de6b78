"""The yearly cyber base of establishments."""
