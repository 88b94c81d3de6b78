"""Actions seen as a whole (timeline, matrix) and handed out as files."""
