"""Crisis exercises: the list, the pages of one."""
