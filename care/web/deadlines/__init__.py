"""Deadlines: what falls due in an establishment, and the file of it for calendars."""
