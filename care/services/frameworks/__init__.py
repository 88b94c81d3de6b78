"""Frameworks: those in use, who answers them, where each requirement stands and why."""
