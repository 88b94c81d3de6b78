"""What holds audits back: exclusions, quiet hours, freezes, and the button that stops everything."""
