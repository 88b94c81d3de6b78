"""Crisis exercises: preparing, conducting, taking part, debriefing."""
