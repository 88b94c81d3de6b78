"""The directory for those who lead: its level over time, what to do first, who could take it over."""
