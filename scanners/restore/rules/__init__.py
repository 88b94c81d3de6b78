"""Rules on restore drills, one a file."""
