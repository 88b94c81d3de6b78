"""The directory for those who lead: its level over time, its control points, who could take it over."""
