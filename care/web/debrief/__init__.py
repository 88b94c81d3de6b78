"""The debrief of an exercise: what it showed, lessons and actions, questionnaires, its closing."""
